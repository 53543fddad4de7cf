import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseSecretKey } from './secret-key.ts';
import { SecretKeyError } from './secrets.errors.ts';

describe('a secret key', () => {
  it.each(['base64', 'base64url', 'hex'] as const)('is read from %s', (encoding) => {
    for (let round = 0; round < 50; round += 1) {
      const key = randomBytes(32);
      expect(parseSecretKey(`${key.toString(encoding)}\n`, 'KEY')).toEqual(key);
    }
  });

  it.each([
    '',
    'changeme',
    randomBytes(31).toString('base64'),
    randomBytes(33).toString('base64'),
    randomBytes(31).toString('hex'),
    randomBytes(64).toString('hex'),
    '0'.repeat(64),
    'A'.repeat(43),
    `${'a'.repeat(42)}!`,
    `${'ab'.repeat(16)} ${'cd'.repeat(16)}`,
  ])('is not %j', (text) => {
    expect(() => parseSecretKey(text, 'KEY')).toThrow(SecretKeyError);
  });

  it('is not in the error', () => {
    expect(() => parseSecretKey('almost-a-key', 'KEY')).not.toThrow('almost');
    expect(() => parseSecretKey('almost-a-key', 'KEY')).toThrow(/^KEY must hold 32 random bytes/);
  });
});
