import { describe, expect, it } from 'vitest';
import { warningText } from './warning.ts';

describe('the Warning header', () => {
  it('quotes the sentence with code 299 and no agent', () => {
    expect(warningText('the tag is immutable')).toBe('299 - "the tag is immutable"');
  });

  it('cannot be broken out of', () => {
    expect(warningText('a "b" \\ c\r\nSet-Cookie: x')).toBe(
      String.raw`299 - "a \"b\" \\ c??Set-Cookie: x"`,
    );
  });

  it('is at most 256 bytes of ASCII unless it needs escapes', () => {
    const value = warningText('é'.repeat(1_000));
    expect(Buffer.byteLength(value)).toBeLessThanOrEqual(256);
    expect(value).toMatch(/^299 - "\?+"$/);
  });
});
