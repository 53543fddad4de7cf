import { describe, expect, it } from 'vitest';
import { createGuessLimit } from './guess-limit.ts';

function setUp() {
  let time = 0;
  const limit = createGuessLimit(() => time);
  const fail = (key: string, times: number) => {
    for (let round = 0; round < times; round += 1) limit.failed(key);
  };
  return { limit, fail, pass: (ms: number) => (time += ms) };
}

describe('the limit of guesses', () => {
  it('lets twenty pass, then waits longer and longer, a minute at most', () => {
    const { limit, fail, pass } = setUp();
    fail('a', 19);
    expect(() => limit.check('a')).not.toThrow();
    fail('a', 1);
    expect(() => limit.check('a')).toThrow('too many');
    pass(1000);
    expect(() => limit.check('a')).not.toThrow();
    fail('a', 1);
    pass(1000);
    expect(() => limit.check('a')).toThrow('too many');
    fail('a', 100);
    pass(60_000);
    expect(() => limit.check('a')).not.toThrow();
  });

  it('holds up nobody else', () => {
    const { limit, fail } = setUp();
    fail('a', 50);
    expect(() => limit.check('b')).not.toThrow();
  });

  it('is forgotten with the right secret', () => {
    const { limit, fail } = setUp();
    fail('a', 19);
    limit.succeeded('a');
    fail('a', 19);
    expect(() => limit.check('a')).not.toThrow();
  });
});
