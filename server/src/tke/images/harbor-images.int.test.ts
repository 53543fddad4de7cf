import { createHash } from 'node:crypto';
import http from 'node:http';
import { Readable } from 'node:stream';
import { digestOf } from '@berth/oci';
import { afterEach, describe, expect, it } from 'vitest';
import { actions } from '../../access/index.ts';
import {
  gateOf,
  harborAt,
  type OpenedFront,
  openFront,
  openStub,
  portOf,
  type StubHarbor,
  type StubRequest,
  send,
} from './front.fixture.ts';

const content = Buffer.from('{"schemaVersion":2}');
const digest = digestOf(content);
const SECRET = /default-image-|harbor|127\.0\.0\.1:|nginx\/1|_state=plain/i;

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).toReversed()) await one.close();
});

type Respond = (request: StubRequest, response: http.ServerResponse) => void;

interface Bench {
  readonly front: OpenedFront;
  readonly stub: StubHarbor;
}

async function setUp(
  respond: Respond,
  options: Parameters<typeof harborAt>[1] &
    Omit<Partial<Parameters<typeof openFront>[0]>, 'backEnd'> & { readsBody?: boolean } = {},
): Promise<Bench> {
  const stub = await openStub(respond, options.readsBody);
  const { backEnd, egress } = harborAt(stub.url, options);
  const front = await openFront({ ...options, backEnd });
  open.push(stub, egress, front);
  return { front, stub };
}

const leaky = {
  Server: 'nginx/1.19',
  'Set-Cookie': 'sid=harbor; Path=/',
  'X-Harbor-Trace': 'default-image-test',
  Via: '1.1 harbor.internal',
};

const manifestAnswer: Respond = (_request, response) => {
  response
    .writeHead(200, {
      ...leaky,
      'Content-Type': 'application/vnd.oci.image.manifest.v1+json',
      'Docker-Content-Digest': digest,
      'Content-Length': content.length,
    })
    .end(content);
};

describe('reading through an existing Harbor', () => {
  it('maps names, shows the service account and keeps what tells of Harbor back', async () => {
    const { front, stub } = await setUp(manifestAnswer);
    const answer = await front.call('GET', '/v2/test/nginx/manifests/latest', {
      headers: { authorization: 'Bearer ann', cookie: 'a=b', 'x-forwarded-host': 'evil' },
    });
    expect([answer.status, answer.body]).toEqual([200, content]);
    expect(answer.headers['docker-content-digest']).toBe(digest);
    expect(answer.text).not.toMatch(SECRET);
    const [seen] = stub.requests;
    expect(seen?.url).toBe('/v2/default-image-test/nginx/manifests/latest');
    expect(seen?.headers.authorization).toBe(`Basic ${btoa('svc:secret')}`);
    expect(seen?.headers).not.toHaveProperty('cookie');
    expect(seen?.headers).not.toHaveProperty('x-forwarded-host');
    expect(seen?.headers['x-forwarded-for']).toBe('127.0.0.1');
  });

  it('B51, B50: nested repositories and library are what they are', async () => {
    const { front, stub } = await setUp(manifestAnswer);
    await front.call('GET', '/v2/test/a/b/manifests/v1');
    await front.call('GET', '/v2/library/nginx/manifests/v1');
    expect(stub.requests.map(({ url }) => url)).toEqual([
      '/v2/default-image-test/a/b/manifests/v1',
      '/v2/library/nginx/manifests/v1',
    ]);
    expect(front.pulls).toEqual([
      { tenant: 'default', namespace: 'test', repository: 'a/b' },
      { tenant: 'default', namespace: 'library', repository: 'nginx' },
    ]);
  });

  it('keeps tenants of equal names apart', async () => {
    const { front, stub } = await setUp(manifestAnswer);
    await front.call('GET', '/v2/test/nginx/manifests/v1', { host: 't1.example.com' });
    await front.call('GET', '/v2/test/nginx/manifests/v1', { host: 't2.example.com' });
    expect(stub.requests.map(({ url }) => url)).toEqual([
      '/v2/t1-image-test/nginx/manifests/v1',
      '/v2/t2-image-test/nginx/manifests/v1',
    ]);
  });

  it('refuses internal names and hosts that are none', async () => {
    const { front, stub } = await setUp(manifestAnswer);
    const internal = await front.call('GET', '/v2/t2-image-test/nginx/manifests/v1');
    const hostile = await front.call('GET', '/v2/a/b/manifests/v1', { host: 'a b' });
    expect([internal.status, hostile.status]).toEqual([404, 400]);
    expect(stub.requests).toEqual([]);
  });

  it('B40: lists of tags and their next pages name what was asked for', async () => {
    const { front, stub } = await setUp((_request, response) => {
      const next = '</v2/default-image-test/nginx/tags/list?n=2&last=v2>; rel="next"';
      response.writeHead(200, { ...leaky, Link: next });
      response.end(JSON.stringify({ name: 'default-image-test/nginx', tags: ['v1', 'v2'] }));
    });
    const answer = await front.call('GET', '/v2/test/nginx/tags/list?n=2');
    expect(JSON.parse(answer.body.toString())).toEqual({ name: 'test/nginx', tags: ['v1', 'v2'] });
    expect(answer.headers['link']).toBe('</v2/test/nginx/tags/list?n=2&last=v2>; rel="next"');
    expect(answer.text).not.toMatch(SECRET);
    const head = await front.call('HEAD', '/v2/test/nginx/tags/list');
    expect([head.status, head.headers['content-length']]).toEqual([
      200,
      String(answer.body.length),
    ]);
    expect(stub.requests[0]?.url).toBe('/v2/default-image-test/nginx/tags/list?n=2');
  });

  it("B40: the catalog is the tenant's own, by pages", async () => {
    const { front } = await setUp(manifestAnswer, {
      repositories: ['test/b', 'test/a', 'hidden/x', 'library/nginx'],
      gate: gateOf((_name, _tenant, repository) =>
        repository.startsWith('hidden/') ? actions.none : actions.pull,
      ),
    });
    const first = await front.call('GET', '/v2/_catalog?n=2');
    expect(JSON.parse(first.body.toString())).toEqual({
      repositories: ['library/nginx', 'test/a'],
    });
    expect(first.headers['link']).toBe('</v2/_catalog?n=2&last=test%2Fa>; rel="next"');
    const second = await front.call('GET', '/v2/_catalog?n=2&last=test%2Fa');
    expect(JSON.parse(second.body.toString())).toEqual({ repositories: ['test/b'] });
    expect(second.headers).not.toHaveProperty('link');
  });

  it('follows redirects of blobs to other hosts without credentials, with the range', async () => {
    const seen: http.IncomingHttpHeaders[] = [];
    const storage = http.createServer((request, response) => {
      seen.push(request.headers);
      response
        .writeHead(206, {
          'Content-Range': 'bytes 1-3/19',
          'Content-Length': 3,
          ETag: '"minio"',
          Server: 'MinIO harbor',
        })
        .end('sch');
    });
    await new Promise<void>((resolve) => storage.listen(0, '127.0.0.2', resolve));
    open.push({ close: () => new Promise((resolve) => storage.close(() => resolve())) });
    const port = portOf(storage);
    const { front } = await setUp((_request, response) => {
      response.writeHead(307, { Location: `http://127.0.0.2:${port}/bucket/x?sig=1` }).end();
    });
    const answer = await front.call('GET', `/v2/test/nginx/blobs/${digest}`, {
      headers: { range: 'bytes=1-3' },
    });
    expect([answer.status, answer.body.toString()]).toEqual([206, 'sch']);
    expect(answer.headers).toMatchObject({
      'content-range': 'bytes 1-3/19',
      'docker-content-digest': digest,
      etag: `"${digest}"`,
    });
    expect(answer.text).not.toMatch(/minio|127\.0\.0\.2|harbor/i);
    expect(seen[0]?.range).toBe('bytes=1-3');
    expect(seen[0]).not.toHaveProperty('authorization');
    expect(seen[0]).not.toHaveProperty('x-forwarded-for');
  });

  it('cuts the client off where a body is cut', async () => {
    const { front } = await setUp((_request, response) => {
      response.writeHead(200, { 'Content-Length': 1_000 });
      response.write('only this', () => response.destroy());
    });
    await expect(front.call('GET', `/v2/test/nginx/blobs/${digest}`)).rejects.toThrow(
      /aborted|hang/,
    );
  });

  it('ends the request to Harbor when the client goes', async () => {
    const gone = Promise.withResolvers<void>();
    const { front } = await setUp((_request, response) => {
      response.writeHead(200, { 'Content-Length': 1e12 });
      response.on('close', () => gone.resolve());
      Readable.from(zeros()).pipe(response);
    });
    const path = `/v2/test/nginx/blobs/${digest}`;
    const request = http.get({ port: front.port, path, host: '127.0.0.1' }, (response) => {
      response.once('data', () => request.destroy());
    });
    request.on('error', () => undefined);
    await expect(gone.promise).resolves.toBeUndefined();
  });
});

function* zeros(): Generator<Buffer> {
  const piece = Buffer.alloc(64 * 1024);
  for (;;) yield piece;
}

/** Stores what is uploaded and speaks of it as distribution does. */
function uploadStub(stored: Map<string, string>): Respond {
  return ({ method, url, headers, body }, response) => {
    const at = `http://harbor.internal/v2/default-image-test/nginx/blobs/uploads/7d0-a?_state=plain`;
    const hash = () =>
      `sha256:${createHash('sha256')
        .update(stored.get('a') ?? '')
        .digest('hex')}`;
    const query = new URL(url, 'http://x').searchParams;
    if (method === 'POST' && query.get('mount') !== null) {
      const known = query.get('mount') ?? '';
      response.writeHead(201, {
        Location: `http://harbor.internal/v2/default-image-test/nginx/blobs/${known}`,
        'Docker-Content-Digest': known,
      });
      response.end();
    } else if (method === 'POST') {
      response.writeHead(202, { ...leaky, Location: at, Range: '0-0' }).end();
    } else if (query.get('_state') !== 'plain') {
      response.writeHead(404).end();
    } else if (method === 'PATCH') {
      stored.set('a', (stored.get('a') ?? '') + body);
      stored.set('range', String(headers['content-range']));
      response.writeHead(202, { Location: at, Range: `0-${(stored.get('a') ?? '').length - 1}` });
      response.end();
    } else if (method === 'PUT' && query.get('digest') === hash()) {
      response.writeHead(201, {
        Location: 'http://harbor.internal/v2/default-image-test/nginx/blobs/x',
        'Docker-Content-Digest': hash(),
      });
      response.end();
    } else response.writeHead(method === 'GET' ? 204 : 400, { Range: '0-3' }).end();
  };
}

describe('manifests that are asked for again', () => {
  const ask = async ({ front }: Bench, name: string) =>
    (await front.call('GET', `/v2/test/nginx/manifests/${name}`)).status;

  it('by digest they are kept for a moment, until something changes there', async () => {
    const bench = await setUp((request, response) => {
      if (request.method === 'DELETE') response.writeHead(202).end();
      else manifestAnswer(request, response);
    });
    expect([await ask(bench, digest), await ask(bench, digest)]).toEqual([200, 200]);
    expect(bench.stub.requests.length).toBe(1);
    await bench.front.call('DELETE', `/v2/test/nginx/manifests/${digest}`);
    await ask(bench, digest);
    expect(bench.stub.requests.length).toBe(3);
  });

  it('by tag Harbor is asked each time, since tags move', async () => {
    const bench = await setUp(manifestAnswer);
    expect([await ask(bench, 'v1'), await ask(bench, 'v1')]).toEqual([200, 200]);
    expect(bench.stub.requests.length).toBe(2);
  });

  it('in a rush by tag Harbor is spared some, and a push through us is seen at once', async () => {
    let answer = content;
    const moved = Buffer.from('{"schemaVersion":2,"moved":true}');
    const bench = await setUp(
      (request, response) => {
        if (request.method === 'PUT') {
          answer = moved;
          response.writeHead(201, { 'Docker-Content-Digest': digestOf(moved) }).end();
        } else response.writeHead(200, { 'Content-Type': 'a/b' }).end(answer);
      },
      { freshness: { digestMs: 5_000, tagMs: 60_000 } },
    );
    const path = '/v2/test/nginx/manifests/v1';
    for (let pull = 0; pull < 110; pull += 1) {
      expect((await bench.front.call('GET', path)).body).toEqual(content);
    }
    expect(bench.stub.requests.length).toBe(100);
    const head = await bench.front.call('HEAD', path);
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([
      200,
      String(content.length),
      0,
    ]);
    await bench.front.call('PUT', path, { body: moved });
    expect((await bench.front.call('GET', path)).body).toEqual(moved);
    expect(bench.stub.requests.length).toBe(102);
  });

  it('what is kept is for those who may pull, and a warning is for nobody else', async () => {
    let isAllowed = true;
    const warned = { ...leaky, Warning: '299 - "default-image-test is old"' };
    const bench = await setUp(
      (request, response) => {
        response.writeHead(200, request.url.includes('warned') ? warned : {}).end(content);
      },
      { gate: gateOf(() => (isAllowed ? actions.all : actions.none)) },
    );
    expect([await ask(bench, digest), await ask(bench, digest)]).toEqual([200, 200]);
    expect(bench.stub.requests.length).toBe(1);
    isAllowed = false;
    expect(await ask(bench, digest)).toBe(401);
    isAllowed = true;
    const path = `/v2/test/warned/manifests/${digest}`;
    for (let pull = 0; pull < 2; pull += 1) {
      const { text } = await bench.front.call('GET', path);
      expect(text).toContain('is old');
      expect(text).not.toMatch(SECRET);
    }
    expect(bench.stub.requests.length).toBe(3);
  });

  it('one answer serves all who wait for it, each with its own id', async () => {
    const bench = await setUp((request, response) => {
      setImmediate(() => manifestAnswer(request, response));
    });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        bench.front.call('GET', '/v2/test/nginx/manifests/v1', {
          headers: { 'x-request-id': `id-${index}` },
        }),
      ),
    );
    expect(answers.map(({ status, body }) => [status, body])).toEqual(
      answers.map(() => [200, content]),
    );
    expect(answers.map(({ headers }) => headers['x-request-id'])).toEqual(
      answers.map((_, index) => `id-${index}`),
    );
    expect(bench.stub.requests.length).toBeLessThan(20);
  });

  it('bytes of another digest are not kept', async () => {
    const bench = await setUp(manifestAnswer);
    const other = digestOf(Buffer.from('other'));
    await ask(bench, other);
    await ask(bench, other);
    expect(bench.stub.requests.length).toBe(2);
  });
});

describe('uploading through an existing Harbor', () => {
  const uploads = '/v2/test/nginx/blobs/uploads/';

  it('seals what Harbor writes into Locations, in pieces and whole', async () => {
    const stored = new Map<string, string>();
    const { front } = await setUp(uploadStub(stored));
    const started = await front.call('POST', uploads);
    const first = started.headers.location ?? '';
    expect(first).toMatch(/^\/v2\/test\/nginx\/blobs\/uploads\/[0-9a-f-]{36}\?_state=/);
    const patched = await front.call('PATCH', first, {
      body: 'abcd',
      headers: { 'content-range': '0-3' },
    });
    expect([patched.status, patched.headers.range]).toEqual([202, '0-3']);
    expect(stored.get('range')).toBe('0-3');
    const second = patched.headers.location ?? '';
    const asked = await front.call('GET', second);
    expect([asked.status, asked.headers.range]).toEqual([204, '0-3']);
    const wanted = digestOf(Buffer.from('abcd'));
    const finished = await front.call('PUT', `${second}&digest=${encodeURIComponent(wanted)}`);
    expect([finished.status, finished.headers.location]).toEqual([
      201,
      `/v2/test/nginx/blobs/${wanted}`,
    ]);
    for (const { text } of [started, patched, asked, finished]) expect(text).not.toMatch(SECRET);
  });

  it('opens the address of an upload only where it was given and for whom', async () => {
    const { front } = await setUp(uploadStub(new Map()));
    const ann = { headers: { authorization: 'Bearer ann' } };
    const started = await front.call('POST', uploads, ann);
    const location = started.headers.location ?? '';
    const elsewhere = location.replace('/test/', '/other/');
    const status = async (path: string, call: Parameters<typeof front.call>[2] = ann) =>
      (await front.call('GET', path, call)).status;
    expect(await status(location)).toBe(204);
    expect(await status(elsewhere)).toBe(404);
    expect(await status(location, {})).toBe(404);
    expect(await status(location, { ...ann, host: 't2.example.com' })).toBe(404);
    expect(await status(location.replace(/_state=.*/, '_state=plain'))).toBe(404);
    expect(await status(location.split('?')[0] ?? '')).toBe(404);
  });

  it('B38, B18: mounts from where the caller may pull, and nowhere else', async () => {
    const { front, stub } = await setUp(uploadStub(new Map()), {
      gate: gateOf((_name, _tenant, repository) =>
        repository.startsWith('secret/') ? actions.none : actions.all,
      ),
    });
    const mounted = await front.call('POST', `${uploads}?mount=${digest}&from=base/os`);
    expect([mounted.status, mounted.headers.location]).toEqual([
      201,
      `/v2/test/nginx/blobs/${digest}`,
    ]);
    const secret = await front.call('POST', `${uploads}?mount=${digest}&from=secret/os`);
    const foreign = await front.call('POST', `${uploads}?mount=${digest}&from=t2-image-a/os`);
    const anywhere = await front.call('POST', `${uploads}?mount=${digest}`);
    expect([secret.status, foreign.status, anywhere.status]).toEqual([202, 202, 202]);
    const [first, ...others] = stub.requests.map(
      ({ url }) => new URL(url, 'http://x').searchParams,
    );
    expect(first?.get('from')).toBe('default-image-base/os');
    for (const query of others) expect(query.has('mount') || query.has('from')).toBe(false);
  });

  it('tells a waiting client to go on only when it was let through', async () => {
    const { front } = await setUp(uploadStub(new Map()), {
      gate: gateOf((name) => (name === 'ann' ? actions.all : actions.none)),
    });
    const continued = async (authorization: string, query: string) => {
      const request = http.request({
        host: '127.0.0.1',
        port: front.port,
        method: 'POST',
        path: uploads + query,
        headers: { authorization, expect: '100-continue', 'content-length': 4 },
      });
      let told = false;
      request.on('continue', () => {
        told = true;
        request.end('abcd');
      });
      request.flushHeaders();
      const { promise, resolve } = Promise.withResolvers<http.IncomingMessage>();
      request.on('response', resolve).on('error', () => undefined);
      const { statusCode } = await promise;
      request.destroy();
      return [told, statusCode];
    };
    const whole = `?digest=${digestOf(Buffer.from('abcd'))}`;
    expect(await continued('Bearer ann', whole)).toEqual([true, 202]);
    // An upload that only begins has no use for what would come.
    expect(await continued('Bearer ann', '')).toEqual([false, 202]);
    expect(await continued('Bearer bob', whole)).toEqual([false, 401]);
  });
});

describe('after a request', () => {
  const put: Respond = (_request, response) => {
    response.writeHead(201, {
      Location: 'http://harbor.internal/v2/default-image-test/a/b/manifests/x',
      'Docker-Content-Digest': digest,
      'OCI-Subject': digest,
    });
    response.end();
  };

  it('B49: hooks and audit that fail change no answer', async () => {
    const { front } = await setUp(
      (request, response) => {
        if (request.method === 'PUT') put(request, response);
        else manifestAnswer(request, response);
      },
      {
        hooks: {
          onContentChanged: () => Promise.reject(new Error('down')),
          onPulled: () => {
            throw new Error('down');
          },
        },
      },
    );
    const pushed = await front.call('PUT', '/v2/test/a/b/manifests/v1', { body: content });
    const pulled = await front.call('GET', '/v2/test/a/b/manifests/v1');
    expect([pushed.status, pulled.status]).toEqual([201, 200]);
  });

  it('B52, B53: pushes and deletes are noted, and pulls of tags', async () => {
    const { front } = await setUp((request, response) => {
      if (request.method === 'PUT') put(request, response);
      else response.writeHead(request.method === 'DELETE' ? 202 : 200).end();
    });
    const path = '/v2/test/a/b/manifests/';
    const pushed = await front.call('PUT', `${path}v1`, { body: content });
    expect(pushed.headers).toMatchObject({
      location: `/v2/test/a/b/manifests/${digest}`,
      'oci-subject': digest,
    });
    await front.call('DELETE', `${path}${digest}`);
    await front.call('GET', `${path}${digest}`);
    await front.call('GET', `${path}v1`);
    const change = { tenant: 'default', namespace: 'test', repository: 'a/b' };
    expect(front.changes).toEqual([change, change]);
    expect(front.pulls).toEqual([change]);
  });

  it('scenario 38: says who did what, and who was refused', async () => {
    const { front } = await setUp(put, {
      gate: gateOf((name) => (name === 'ann' ? actions.all : actions.none)),
    });
    const headers = { authorization: 'Bearer ann' };
    await front.call('PUT', '/v2/test/a/manifests/v1', { body: content, headers });
    const locked = await front.call('GET', '/v2/test/a/manifests/v1');
    expect(locked.status).toBe(401);
    expect(front.audited).toEqual([
      {
        actor: 'ann',
        tenant: 'default',
        namespace: 'test',
        repository: 'a',
        reference: 'v1',
        action: 'push',
        status: 201,
        address: '127.0.0.1',
        requestId: expect.any(String),
      },
    ]);
  });

  it('counts requests by endpoint and status', async () => {
    const { front } = await setUp(manifestAnswer);
    await front.call('GET', '/v2/test/nginx/manifests/v1');
    const text = await front.metrics.registry.metrics();
    expect(text).toContain(
      'berth_tke_proxy_requests_total{endpoint="manifest",method="GET",status="200"} 1',
    );
  });
});

describe('an existing Harbor that fails', () => {
  const path = '/v2/test/nginx/manifests/latest';

  it.each([
    [500, 502],
    [502, 502],
    [503, 503],
    [504, 504],
    [401, 502],
  ])('its %d is our %d, without its words', async (theirs, ours) => {
    const { front } = await setUp((_request, response) => {
      response.writeHead(theirs, leaky).end('<html>harbor.internal: default-image-test</html>');
    });
    const answer = await front.call('GET', path);
    expect([answer.status, answer.headers['retry-after']]).toEqual([ours, '5']);
    expect(JSON.parse(answer.body.toString())).toMatchObject({ errors: [{ code: 'UNAVAILABLE' }] });
    expect(answer.text).not.toMatch(SECRET);
  });

  it('is 503 when it is down, also for a client that sends a body', async () => {
    const stub = await openStub(() => undefined);
    await stub.close();
    const { backEnd, egress } = harborAt(stub.url);
    const front = await openFront({ backEnd });
    open.push(egress, front);
    const read = await front.call('GET', path);
    const pushed = await front.call('PUT', path, { body: content });
    expect([read.status, pushed.status]).toEqual([503, 503]);
    expect(read.text).not.toMatch(SECRET);
  });

  it('is 504 when it is slow', async () => {
    const { front } = await setUp(() => undefined, { headersTimeoutMs: 300 });
    expect((await front.call('GET', path)).status).toBe(504);
  });

  it('refuses with its code, and with its sentence where that tells nothing', async () => {
    const errors = [
      { code: 'MANIFEST_UNKNOWN', message: 'default-image-test/nginx has no latest', detail: {} },
      { code: 'PROJECTPOLICYVIOLATION', message: 'see https://harbor.internal/default-image-test' },
    ];
    const { front } = await setUp((_request, response) => {
      response.writeHead(404, leaky).end(JSON.stringify({ errors }));
    });
    const answer = await front.call('GET', path);
    expect(JSON.parse(answer.body.toString())).toEqual({
      errors: [
        { code: 'MANIFEST_UNKNOWN', message: 'test/nginx has no latest', detail: {} },
        { code: 'MANIFEST_UNKNOWN', message: 'manifest unknown to registry' },
      ],
    });
    expect(answer.text).not.toMatch(SECRET);
  });

  it('asks for tokens where Basic is not taken, before it sends a body', async () => {
    const seen: string[] = [];
    const server = http.createServer((request, response) => {
      const { url = '', headers } = request;
      seen.push(`${request.method} ${decodeURIComponent(url)} ${headers.authorization}`);
      request.resume();
      const realm =
        'Bearer realm="https://elsewhere.example/service/token",service="harbor-registry"';
      if (url === '/v2/') response.writeHead(401, { 'WWW-Authenticate': realm }).end();
      else if (url.startsWith('/service/token')) response.end('{"token":"t0k","expires_in":300}');
      else if (headers.authorization === 'Bearer t0k') {
        response.writeHead(201, { 'Docker-Content-Digest': digest }).end();
      } else response.writeHead(401).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({ close: () => new Promise((resolve) => server.close(() => resolve())) });
    const { backEnd, egress } = harborAt(`http://127.0.0.1:${portOf(server)}`);
    const front = await openFront({ backEnd });
    open.push(egress, front);
    for (const tag of ['v1', 'v2']) {
      const answer = await front.call('PUT', `/v2/test/nginx/manifests/${tag}`, { body: content });
      expect(answer.status).toBe(201);
    }
    const basic = `Basic ${btoa('svc:secret')}`;
    expect(seen).toEqual([
      `GET /v2/ ${basic}`,
      `GET /service/token?service=harbor-registry&scope=repository:default-image-test/nginx:pull,push ${basic}`,
      'PUT /v2/default-image-test/nginx/manifests/v1 Bearer t0k',
      'PUT /v2/default-image-test/nginx/manifests/v2 Bearer t0k',
    ]);
  });
});

describe('what is not let through', () => {
  it('B37: nothing but the known endpoints and methods reaches Harbor', async () => {
    const { front, stub } = await setUp(manifestAnswer);
    const status = async (method: string, path: string) => (await front.call(method, path)).status;
    expect(await status('POST', '/v2/test/nginx/manifests/latest')).toBe(405);
    expect(await status('GET', '/v2/test/nginx/unknown/x')).toBe(404);
    expect(await status('GET', '/v2/../api/v2.0/projects')).toBe(404);
    expect(await status('GET', '/v2/test/%2e%2e/manifests/x')).toBe(400);
    expect(await status('GET', '/v2/test/nginx/manifests/a%0d%0ab')).toBe(400);
    const { status: outside } = await send(front.port, 'POST', '/service/notifications/jobs', {});
    expect(outside).toBe(404);
    expect(stub.requests).toEqual([]);
  });

  it('deletes nothing where storage.delete.enabled is off', async () => {
    const { front, stub } = await setUp(manifestAnswer, { isDeleteEnabled: false });
    const answer = await front.call('DELETE', `/v2/test/nginx/manifests/${digest}`);
    expect([answer.status, answer.text]).toEqual([405, expect.stringContaining('UNSUPPORTED')]);
    expect(stub.requests).toEqual([]);
  });

  it('changes nothing in read-only mode', async () => {
    const { front, stub } = await setUp(manifestAnswer, { isReadOnly: true });
    const answer = await front.call('PUT', '/v2/test/nginx/manifests/v1', { body: content });
    expect(answer.status).toBe(403);
    expect(stub.requests).toEqual([]);
  });
});
