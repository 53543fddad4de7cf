import { createHash, randomInt, timingSafeEqual } from 'node:crypto';

/** Compares two secrets in constant time, whatever their lengths. */
export function equalSecrets(a: string, b: string): boolean {
  return timingSafeEqual(digestText(a), digestText(b));
}

function digestText(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

const READABLE = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A random password of `length` characters without look-alikes (0/O, 1/l/I). */
export function generatePassword(length = 24): string {
  return Array.from({ length }, () => READABLE.charAt(randomInt(READABLE.length))).join('');
}
