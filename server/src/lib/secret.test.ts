import { describe, expect, it } from 'vitest';
import { equalSecrets, generatePassword } from './secret.ts';

describe('equalSecrets', () => {
  it.each([
    ['', '', true],
    ['a', 'a', true],
    ['a', 'b', false],
    ['a', 'aa', false],
    ['a', '', false],
    ['ä', 'ä', true],
    ['ä', 'a\u0308', false],
  ])('of %j and %j is %s', (a, b, same) => {
    expect(equalSecrets(a, b)).toBe(same);
  });
});

describe('generatePassword', () => {
  it('has the length asked for, without characters that look alike', () => {
    expect(generatePassword()).toHaveLength(24);
    expect(generatePassword(64)).toMatch(/^[a-zA-Z2-9]{64}$/);
    expect(generatePassword(4096)).not.toMatch(/[0O1lI]/);
  });

  it('always has letters of both kinds and a digit', () => {
    for (let round = 0; round < 2000; round += 1) {
      expect(generatePassword(8)).toMatch(/^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)/);
    }
  });

  it('is never the same', () => {
    expect(new Set(Array.from({ length: 100 }, () => generatePassword())).size).toBe(100);
  });
});
