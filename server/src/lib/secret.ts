import { createHash, randomInt, timingSafeEqual } from 'node:crypto';

/** Compares two secrets in constant time, whatever their lengths. */
export function equalSecrets(a: string, b: string): boolean {
  return timingSafeEqual(digestText(a), digestText(b));
}

function digestText(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const READABLE = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/**
 * A random password of `length` characters, 3 at least, without look-alikes (0/O, 1/l/I), that has
 * a small and a capital letter and a digit, as Harbor's rule asks.
 */
export function generatePassword(length = 24): string {
  for (;;) {
    const text = Array.from({ length }, () => READABLE.charAt(randomInt(READABLE.length))).join('');
    if (/[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text)) return text;
  }
}
