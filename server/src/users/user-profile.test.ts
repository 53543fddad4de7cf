import { describe, expect, it } from 'vitest';
import { checkProfile } from './user-profile.ts';

const profile = { email: 'ann@example.com', realname: 'Ann', comment: '' };

describe('checkProfile', () => {
  it.each([
    {},
    { email: 'a.b+c@sub-1.example.co' },
    { realname: 'x'.repeat(255) },
    { comment: 'x'.repeat(30) },
  ])('takes %j', (change) => {
    expect(() => checkProfile({ ...profile, ...change })).not.toThrow();
  });

  it.each([
    { email: '' },
    { email: 'ann' },
    { email: 'ann@example' },
    { email: 'ann@@example.com' },
    { email: 'an n@example.com' },
    { email: '"><script>@example.com' },
    { email: `${'a'.repeat(250)}@example.com` },
    { realname: '' },
    { realname: 'x'.repeat(256) },
    { realname: 'a$b' },
    { realname: 'a,b' },
    { comment: 'x'.repeat(31) },
  ])('refuses %j', (change) => {
    expect(() => checkProfile({ ...profile, ...change })).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    );
  });

  it('tells at once that a long text is no address', () => {
    const start = performance.now();
    expect(() => checkProfile({ ...profile, email: `a@${'a.'.repeat(120)}1` })).toThrow('email');
    expect(performance.now() - start).toBeLessThan(50);
  });
});
