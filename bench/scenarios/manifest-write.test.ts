import { describe, expect, it } from 'vitest';
import { ends } from './manifest-write.ts';

describe('ends', () => {
  it('gives the rates of the first and of the last thousand', () => {
    expect(ends({ marks: [1, 3, 7] })).toEqual({ first: 1000, last: 250 });
  });

  it('refuses a run that is too short to have both', () => {
    expect(() => ends({ marks: [1] })).toThrow(RangeError);
  });
});
