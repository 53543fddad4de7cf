import { describe, expect, it } from 'vitest';
import { isSecret } from './secret-rule.ts';

describe('a secret of one’s own', () => {
  it('has 8 to 128 bytes, both cases and a digit', () => {
    expect(isSecret('Passw0rd')).toBe(true);
    for (const text of ['Passw0r', 'passw0rd', 'PASSW0RD', 'Password', `Aa1${'x'.repeat(126)}`]) {
      expect(isSecret(text)).toBe(false);
    }
  });
});
