import { randomInt } from 'node:crypto';

/** Kubernetes' alphabet for names that a server makes: no vowels, so no words. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** `rns-` and 8 random characters. */
export function makeName(prefix: string, length = 8): string {
  let name = prefix;
  for (let index = 0; index < length; index += 1) name += ALPHABET[randomInt(ALPHABET.length)];
  return name;
}
