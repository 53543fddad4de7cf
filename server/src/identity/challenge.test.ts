import { describe, expect, it } from 'vitest';
import { Challenge, presentChallenge } from './challenge.ts';

const realm = 'https://registry.example.com/service/token';

describe('a challenge', () => {
  it.each([
    [new Challenge(undefined), ''],
    [new Challenge('repository:a/b:pull'), ',scope="repository:a/b:pull"'],
    [
      new Challenge('repository:a/b:pull', 'invalid_token'),
      ',scope="repository:a/b:pull",error="invalid_token"',
    ],
    [new Challenge(undefined, 'insufficient_scope'), ',error="insufficient_scope"'],
  ])('is a Bearer challenge of RFC 6750', (challenge, rest) => {
    expect(presentChallenge(challenge, realm, 'harbor-registry')).toBe(
      `Bearer realm="${realm}",service="harbor-registry"${rest}`,
    );
  });

  it('is answered with 401 and UNAUTHORIZED', () => {
    expect(new Challenge('x')).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
  });
});
