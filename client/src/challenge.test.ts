import { describe, expect, it } from 'vitest';
import { parseChallenges } from './challenge.ts';

function plain(header: string): unknown {
  return parseChallenges(header).map(({ scheme, parameters }) => [
    scheme,
    Object.fromEntries(parameters),
  ]);
}

describe('parseChallenges', () => {
  it('reads the realm, service and scope of a bearer challenge', () => {
    expect(
      plain(
        'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a/b:pull,push"',
      ),
    ).toEqual([
      [
        'bearer',
        {
          realm: 'https://auth.example.com/token',
          service: 'registry',
          scope: 'repository:a/b:pull,push',
        },
      ],
    ]);
  });

  it('reads several challenges in one header', () => {
    expect(plain('Basic realm="a", Bearer realm="b", service=c')).toEqual([
      ['basic', { realm: 'a' }],
      ['bearer', { realm: 'b', service: 'c' }],
    ]);
  });

  it('takes unquoted values, spaces around the equals sign and any case', () => {
    expect(plain('BEARER Realm = http://x/token , SERVICE = y')).toEqual([
      ['bearer', { realm: 'http://x/token', service: 'y' }],
    ]);
  });

  it('unescapes quoted pairs', () => {
    expect(plain(String.raw`Basic realm="a \"quoted\" \\ realm"`)).toEqual([
      ['basic', { realm: String.raw`a "quoted" \ realm` }],
    ]);
  });

  it('keeps the first of two parameters with one name', () => {
    expect(plain('Bearer realm="first",realm="second"')).toEqual([['bearer', { realm: 'first' }]]);
  });

  it('reads a scheme without parameters', () => {
    expect(plain('Negotiate, Basic realm=x')).toEqual([
      ['negotiate', {}],
      ['basic', { realm: 'x' }],
    ]);
  });

  it.each(['', '   ', ',,,', '"', '=', 'realm="x"x'])('gives no parameters for %j', (header) => {
    expect(parseChallenges(header).every(({ parameters }) => parameters.size === 0)).toBe(true);
  });

  it('drops an unterminated quoted value', () => {
    expect(plain('Bearer service=a,realm="http://x')).toEqual([['bearer', { service: 'a' }]]);
  });

  it('ignores a header over 8 KiB', () => {
    expect(parseChallenges(`Bearer realm="${'a'.repeat(9000)}"`)).toEqual([]);
  });

  it('takes linear time on hostile text', () => {
    const started = performance.now();
    parseChallenges(`Bearer ${'a=\\"'.repeat(2000)}`);
    parseChallenges(`Bearer a="${'\\'.repeat(8000)}`);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
