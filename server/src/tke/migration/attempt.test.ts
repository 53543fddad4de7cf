import { RegistryError } from '@berth/client';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/index.ts';
import { attempt, mayPass, sentenceOf } from './attempt.ts';

function failing(...errors: unknown[]) {
  let calls = 0;
  return {
    calls: () => calls,
    work: () => {
      const error = errors[calls];
      calls += 1;
      return error === undefined ? Promise.resolve(calls) : Promise.reject(error);
    },
  };
}

const { signal } = new AbortController();

describe('attempt', () => {
  it('tries again after a broken connection and after 5xx', async () => {
    const { work } = failing(new TypeError('fetch failed'), new RegistryError('', { status: 502 }));
    expect(await attempt(work, signal, [1, 1, 1])).toBe(3);
  });

  it('gives up after the last pause, and at once for what will not pass', async () => {
    const down = new AppError('unavailable', 'down');
    const often = failing(down, down, down, down);
    await expect(attempt(often.work, signal, [1, 1])).rejects.toBe(down);
    expect(often.calls()).toBe(3);
    const denied = failing(new RegistryError('no', { status: 403 }));
    await expect(attempt(denied.work, signal, [1])).rejects.toThrow('no');
    expect(denied.calls()).toBe(1);
  });

  it('does not go on when all is to stop', async () => {
    const { work, calls } = failing(new TypeError('fetch failed'));
    await expect(attempt(work, AbortSignal.abort(), [1])).rejects.toThrow('fetch failed');
    expect(calls()).toBe(1);
  });
});

describe('mayPass', () => {
  it('says no of wrong bytes and of errors of our own', () => {
    const damaged = new RegistryError('', {
      status: 502,
      errors: [{ code: 'DIGEST_INVALID', message: '' }],
    });
    expect(mayPass(damaged)).toBe(false);
    expect(mayPass(new RangeError())).toBe(false);
    expect(mayPass(new RegistryError('', { status: 429 }))).toBe(true);
  });
});

describe('sentenceOf', () => {
  it('tells why a connection failed', () => {
    const error = new TypeError('fetch failed', { cause: new Error('ECONNREFUSED') });
    expect(sentenceOf(error)).toBe('the connection failed: ECONNREFUSED');
  });
});
