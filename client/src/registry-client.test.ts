import { digestOf } from '@berth/oci';
import { describe, expect, it } from 'vitest';
import { createRegistryClient } from './registry-client.ts';
import { RegistryError } from './registry-error.ts';

type Handler = (request: Request) => Response | Promise<Response>;

/** A registry of plain functions in the place of the network. */
function createFetch(handler: Handler): { fetch: typeof fetch; requests: Request[] } {
  const requests: Request[] = [];
  return {
    requests,
    fetch: (input, init) => {
      const request = new Request(input, init);
      requests.push(request);
      return Promise.resolve(handler(request));
    },
  };
}

const url = 'http://registry.test';
const login = { url, username: 'alice', password: 'secret' };
const challenge = {
  'www-authenticate': 'Bearer realm="http://registry.test/service/token",service="berth"',
};

function withTokens(handler: Handler): Handler {
  let issued = 0;
  return (request) => {
    if (new URL(request.url).pathname === '/service/token') {
      issued += 1;
      return Response.json({ token: `t${issued}`, expires_in: 300 });
    }
    if (!request.headers.has('authorization')) {
      return new Response(null, { status: 401, headers: challenge });
    }
    return handler(request);
  };
}

describe('createRegistryClient', () => {
  it('fetches a token with Basic for the scope and service, and uses it again', async () => {
    const { fetch, requests } = createFetch(
      withTokens(() => Response.json({ name: 'a/b', tags: ['x'] })),
    );
    const client = createRegistryClient({ ...login, fetch });
    expect(await client.tagList('a/b')).toEqual(['x']);
    await client.tagList('a/b');
    const asked = requests.filter((request) => request.url.includes('/service/token'));
    expect(asked.map((request) => request.url)).toEqual([
      'http://registry.test/service/token?service=berth&scope=repository%3Aa%2Fb%3Apull',
    ]);
    expect(asked[0]?.headers.get('authorization')).toBe(`Basic ${btoa('alice:secret')}`);
    expect(requests.at(-1)?.headers.get('authorization')).toBe('Bearer t1');
  });

  it('fetches one new token when the registry refuses the cached one', async () => {
    const { fetch } = createFetch(
      withTokens((request) =>
        request.headers.get('authorization') === 'Bearer t1'
          ? new Response(null, { status: 401, headers: challenge })
          : Response.json({ tags: [] }),
      ),
    );
    expect(await createRegistryClient({ ...login, fetch }).tagList('a/b')).toEqual([]);
  });

  it('tries again with the scopes that the registry names', async () => {
    const scope = 'repository:a/b:pull repository:c/d:pull';
    const { fetch, requests } = createFetch(
      withTokens((request) =>
        request.headers.get('authorization') === 'Bearer t1'
          ? new Response(null, {
              status: 401,
              headers: { 'www-authenticate': `${challenge['www-authenticate']},scope="${scope}"` },
            })
          : Response.json({ tags: [] }),
      ),
    );
    expect(await createRegistryClient({ ...login, fetch }).tagList('a/b')).toEqual([]);
    const asked = requests.filter((request) => request.url.includes('/service/token')).at(-1);
    expect(new URL(asked?.url ?? '').searchParams.getAll('scope')).toEqual(scope.split(' '));
  });

  it('gives up when the registry refuses every token', async () => {
    const { fetch, requests } = createFetch(
      withTokens(() => new Response(null, { status: 401, headers: challenge })),
    );
    await expect(createRegistryClient({ ...login, fetch }).tagList('a/b')).rejects.toMatchObject({
      status: 401,
    });
    expect(requests.length).toBeLessThan(8);
  });

  it('uses Basic when the registry asks for it', async () => {
    const { fetch, requests } = createFetch((request) =>
      request.headers.has('authorization')
        ? new Response()
        : new Response(null, { status: 401, headers: { 'www-authenticate': 'Basic realm=x' } }),
    );
    await createRegistryClient({ ...login, fetch }).ping();
    expect(requests.at(-1)?.headers.get('authorization')).toBe(`Basic ${btoa('alice:secret')}`);
  });

  it('drops the authorization when a redirect leaves the origin', async () => {
    const bytes = Buffer.from('content');
    const registry = withTokens(
      () => new Response(null, { status: 307, headers: { location: 'http://cdn.test/blob' } }),
    );
    const { fetch, requests } = createFetch((request) =>
      request.url.startsWith('http://cdn.test/') ? new Response(bytes) : registry(request),
    );
    const client = createRegistryClient({ ...login, fetch });
    expect(Buffer.from(await client.blobGet('a/b', digestOf(bytes))).toString()).toBe('content');
    expect(requests.at(-1)?.url).toBe('http://cdn.test/blob');
    expect(requests.at(-1)?.headers.get('authorization')).toBeNull();
  });

  it('sends no credentials to a token endpoint without TLS for a registry with TLS', async () => {
    const { fetch, requests } = createFetch(
      () =>
        new Response(null, {
          status: 401,
          headers: { 'www-authenticate': 'Bearer realm="http://auth.test/token"' },
        }),
    );
    const client = createRegistryClient({ ...login, url: 'https://registry.test', fetch });
    await expect(client.tagList('a/b')).rejects.toThrow('not to be trusted');
    expect(requests.some((request) => request.url.startsWith('http://auth.test'))).toBe(false);
  });

  it('throws what the error body says', async () => {
    const { fetch } = createFetch(() =>
      Response.json(
        { errors: [{ code: 'NAME_UNKNOWN', message: 'no such name', detail: { a: 1 } }] },
        { status: 404 },
      ),
    );
    const failure = createRegistryClient({ url, fetch }).tagList('a/b');
    await expect(failure).rejects.toBeInstanceOf(RegistryError);
    await expect(failure).rejects.toMatchObject({
      status: 404,
      code: 'NAME_UNKNOWN',
      message: 'GET /v2/a/b/tags/list was answered with 404: NAME_UNKNOWN no such name',
    });
  });

  it('refuses bytes that do not hash to the digest', async () => {
    const { fetch } = createFetch(
      () => new Response('other', { headers: { 'content-length': '5' } }),
    );
    const client = createRegistryClient({ url, fetch });
    const digest = digestOf(Buffer.from('content'));
    await expect(client.blobGet('a/b', digest)).rejects.toMatchObject({ code: 'DIGEST_INVALID' });
    await expect(client.manifestGet('a/b', digest)).rejects.toMatchObject({
      code: 'DIGEST_INVALID',
    });
    const { stream } = await client.blobStream('a/b', digest);
    await expect(new Response(stream).bytes()).rejects.toMatchObject({ code: 'DIGEST_INVALID' });
  });

  it('refuses a blob longer than the caller allows', async () => {
    const { fetch } = createFetch(() => new Response('x'.repeat(100)));
    const client = createRegistryClient({ url, fetch });
    await expect(
      client.blobGet('a/b', digestOf(Buffer.from('x'.repeat(100))), { maximum: 99 }),
    ).rejects.toThrow(RangeError);
  });

  it('follows the pages of a list and ends on a page seen before', async () => {
    const { fetch, requests } = createFetch((request) => {
      const last = new URL(request.url).searchParams.get('last');
      const items = last === null ? ['a', 'b'] : ['c'];
      return Response.json(
        { tags: items },
        { headers: { link: '</v2/a/b/tags/list?n=2&last=b>; rel="next"' } },
      );
    });
    expect(await createRegistryClient({ url, fetch }).tagList('a/b', { n: 2 })).toEqual([
      'a',
      'b',
      'c',
    ]);
    expect(requests.length).toBeLessThan(5);
  });

  it('sends chunks of at least the size that the registry asks for', async () => {
    const ranges: (string | null)[] = [];
    const { fetch } = createFetch(async (request) => {
      await request.arrayBuffer();
      const headers = { location: '/v2/a/b/blobs/uploads/1?state=x', 'oci-chunk-min-length': '4' };
      if (request.method === 'PATCH') {
        const range = request.headers.get('content-range');
        ranges.push(range);
        return new Response(null, { status: 202, headers: { ...headers, range: range ?? '' } });
      }
      const status = request.method === 'PUT' ? 201 : 202;
      return new Response(null, { status, headers });
    });
    const client = createRegistryClient({ url, fetch });
    const bytes = Buffer.from('0123456789');
    await client.blobPushInChunks('a/b', digestOf(bytes), bytes, { chunkSize: 2 });
    // The fake answers with the chunk's own range, so only the first offset is the sender's.
    expect(ranges[0]).toBe('0-3');
    expect(ranges).toHaveLength(3);
  });

  it('refuses names and references that would lead to another path', async () => {
    const { fetch, requests } = createFetch(() => new Response());
    const client = createRegistryClient({ url, fetch });
    await expect(client.manifestGet('a/../b', 'latest')).rejects.toMatchObject({
      code: 'NAME_INVALID',
    });
    await expect(client.manifestGet('a/b', '../../c')).rejects.toMatchObject({
      code: 'MANIFEST_INVALID',
    });
    expect(requests).toHaveLength(0);
  });
});
