import { describe, expect, it } from 'vitest';
import { presentBytes, QuotaExceeded } from './quota-exceeded.ts';

describe('a size', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [1536, '1.5 KiB'],
    // Between two tenths: to the even one.
    [1280, '1.2 KiB'],
    [1792, '1.8 KiB'],
    [1024 ** 2 - 1, '1024.0 KiB'],
    [1.5 * 1024 ** 2, '1.5 MiB'],
    [330.1 * 1024 ** 2, '330.1 MiB'],
    [1024 ** 3, '1.0 GiB'],
    [2.25 * 1024 ** 4, '2.2 TiB'],
    [2 ** 50, '1.0 PiB'],
    [Number.MAX_SAFE_INTEGER, '8.0 PiB'],
  ])('of %d bytes is printed as %s', (bytes, text) => {
    expect(presentBytes(bytes)).toBe(text);
  });
});

describe('a refusal', () => {
  it('says what Harbor says', () => {
    const error = new QuotaExceeded({ added: 2048, used: 1024 ** 2, hard: 1024 ** 2 + 10 });
    expect(error.kind).toBe('refused');
    expect(error.message).toBe(
      'Quota exceeded when processing the request of adding 2.0 KiB of storage resource, which ' +
        'when updated to current usage of 1.0 MiB will exceed the configured upper limit of ' +
        '1.0 MiB.',
    );
    expect(error.details).toMatch(/^adding 2\.0 KiB of storage resource, .* of 1\.0 MiB\.$/);
  });
});
