import { describe, expect, it } from 'vitest';
import { parseNetworks } from './address.ts';
import { hostOf, parseTarget, resolveTarget } from './target.ts';

const listed = parseNetworks([]);

function codeOf(text: string, policy: 'public' | 'private-allowed' = 'public'): unknown {
  try {
    parseTarget(text, policy, listed);
    return 'accepted';
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error;
  }
}

describe('parsing a URL', () => {
  it.each([
    '',
    'example.com',
    '/path',
    '//example.com/',
    'ftp://example.com/',
    'file:///etc/passwd',
    'unix:/var/run/docker.sock',
    'gopher://example.com/',
    'data:text/plain,x',
    'http://',
    'http://user@example.com/',
    'http://:secret@example.com/',
    'http://example.com:0/',
    'http://example.com:65536/',
    'http://exa mple.com/',
    'http://[::1/',
    'http://1.2.3.4.5/',
    'http://[fe80::1%25eth0]/',
    `http://example.com/${'x'.repeat(8192)}`,
  ])('refuses %.60j', (text) => {
    expect(codeOf(text, 'private-allowed')).toBe('invalid-url');
  });

  it.each(['http://example.com', 'https://EXAMPLE.com:8443/a?b=c#d', 'http://8.8.8.8/'])(
    'accepts %s',
    (text) => {
      expect(codeOf(text)).toBe('accepted');
    },
  );

  it.each(['http://localhost/', 'http://a.internal./', 'http://printer.local', 'http://10.0.0.1'])(
    'refuses %s for the public, accepts it from an administrator',
    (text) => {
      expect(codeOf(text)).toBe('refused-address');
      expect(codeOf(text, 'private-allowed')).toBe('accepted');
    },
  );

  it('finds the host beneath brackets and the dot of the root', () => {
    expect(hostOf(new URL('http://[::1]:80/'))).toBe('::1');
    expect(hostOf(new URL('http://example.com./'))).toBe('example.com');
  });
});

describe('resolving', () => {
  const resolving = (addresses: readonly string[] | Error) =>
    resolveTarget(new URL('https://hooks.example/'), {
      policy: 'public',
      listed,
      resolve: async () => {
        if (addresses instanceof Error) throw addresses;
        return addresses;
      },
    });

  it('gives all addresses when all are good', async () => {
    const addresses = ['8.8.8.8', '2606:4700::1111'];
    expect(await resolving(addresses)).toEqual(addresses);
  });

  it.each([
    ['first', ['127.0.0.1', '8.8.8.8']],
    ['last', ['8.8.8.8', '2606:4700::1111', '::ffff:169.254.169.254']],
  ])('refuses all when the %s is bad', async (_which, addresses) => {
    await expect(resolving(addresses)).rejects.toMatchObject({ code: 'refused-address' });
  });

  it('without an answer is unreachable', async () => {
    await expect(resolving([])).rejects.toMatchObject({ code: 'unreachable' });
    await expect(resolving(new Error('ENOTFOUND'))).rejects.toMatchObject({ code: 'unreachable' });
  });
});
