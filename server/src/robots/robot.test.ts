import { describe, expect, it } from 'vitest';
import {
  checkDuration,
  checkSecret,
  expiryOf,
  expirySeconds,
  fullName,
  generateSecret,
  isName,
} from './robot.ts';

describe('the secret of a robot', () => {
  it('has 32 characters and satisfies the rule, each time another one', () => {
    const secrets = Array.from({ length: 200 }, generateSecret);
    for (const secret of secrets) {
      expect(secret).toHaveLength(32);
      expect(() => checkSecret(secret)).not.toThrow();
    }
    expect(new Set(secrets).size).toBe(200);
  });

  it.each(['Short1a', 'alllower1', 'ALLUPPER1', 'NoDigitsHere', `Aa1${'x'.repeat(126)}`])(
    'may not be %s',
    (secret) => {
      expect(() => checkSecret(secret)).toThrow('8-128');
    },
  );
});

describe('the duration of a robot', () => {
  const createdAt = new Date('2026-01-01T00:00:00.500Z');

  it.each([0, -2, 1.5, 2 ** 31, Number.NaN])('may not be %d days', (days) => {
    expect(() => checkDuration(days)).toThrow('duration must be');
  });

  it.each([
    [-1, -1],
    [1, Date.UTC(2026, 0, 2) / 1000],
    [2 ** 31 - 1, Date.UTC(2026, 0, 1) / 1000 + (2 ** 31 - 1) * 86_400],
  ])('of %d days ends at %d', (duration, seconds) => {
    checkDuration(duration);
    const expiresAt = expiryOf(createdAt, duration);
    expect(expirySeconds({ createdAt, duration, expiresAt })).toBe(seconds);
  });
});

describe('the name of a robot', () => {
  it('carries the prefix and the project', () => {
    expect(fullName('robot$', { projectName: undefined, name: 'ci' })).toBe('robot$ci');
    expect(fullName('bot-', { projectName: 'team', name: 'ci' })).toBe('bot-team+ci');
  });

  it.each(['', 'A', 'a+b', 'a$b', 'a b', 'a\n', 'a..b', '-a', 'x'.repeat(256)])(
    'may not be %j',
    (name) => {
      expect(isName(name)).toBe(false);
    },
  );
});
