// The helpers named expect… and refusalOf assert.
/* oxlint-disable vitest/expect-expect, vitest/no-conditional-expect */
import { type Digest, type DigestAlgorithm, digestOf } from '@berth/oci';
import { afterAll, describe, expect, it } from 'vitest';
import { type Bytes, createBytes } from './data.ts';
import { type Answer, locationOf, openRegistry, withQuery } from './registry.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const octets = { 'content-type': 'application/octet-stream' };
const missingUpload = '00000000-0000-4000-8000-000000000000';

interface Blob {
  readonly bytes: Bytes;
  readonly digest: Digest;
}

async function createRepository(): Promise<string> {
  return `${await registry.createProject()}/blobs`;
}

function createBlob(algorithm: DigestAlgorithm, size = 512): Blob {
  const bytes = createBytes(size);
  return { bytes, digest: digestOf(bytes, algorithm) };
}

async function start(repository: string, query: Record<string, string> = {}): Promise<URL> {
  const answer = await registry.call('POST', `/v2/${repository}/blobs/uploads/`, { query });
  expect(answer.status).toBe(202);
  return locationOf(answer, registry.url);
}

function putBlob(location: URL, digest: Digest, body?: Bytes, headers = {}): Promise<Answer> {
  return registry.call('PUT', withQuery(location, 'digest', digest), {
    headers: { ...octets, ...headers },
    ...(body && { body }),
  });
}

async function patch(
  location: URL,
  body: Bytes | ReadableStream<Uint8Array>,
  range?: readonly [number, number],
): Promise<Answer> {
  return registry.call('PATCH', location, {
    headers: { ...octets, ...(range && { 'content-range': range.join('-') }) },
    body,
  });
}

function streamOf(bytes: Bytes): ReadableStream<Uint8Array> {
  const half = bytes.byteLength / 2;
  return ReadableStream.from([bytes.subarray(0, half), bytes.subarray(half)]);
}

/** The blob can be read at the answer's Location and at its own URL, with the right headers. */
async function expectStored(answer: Answer, repository: string, { bytes, digest }: Blob) {
  expect(answer.status).toBe(201);
  expect(answer.headers.get('docker-content-digest')).toBe(digest);
  const atLocation = await registry.call('GET', locationOf(answer, registry.url));
  expect(atLocation.status).toBe(200);
  expect(Buffer.from(atLocation.bytes).equals(bytes)).toBe(true);
  await expectReadable(repository, { bytes, digest });
}

async function expectReadable(repository: string, { bytes, digest }: Blob) {
  const path = `/v2/${repository}/blobs/${digest}`;
  for (const method of ['HEAD', 'GET']) {
    const answer = await registry.call(method, path);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('docker-content-digest')).toBe(digest);
    expect(answer.headers.get('content-length')).toBe(String(bytes.byteLength));
    expect(answer.headers.get('etag')).toBe(`"${digest}"`);
    expect(answer.headers.get('accept-ranges')).toBe('bytes');
    expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
    const expected = method === 'GET' ? bytes : new Uint8Array();
    expect(Buffer.from(answer.bytes).equals(expected)).toBe(true);
  }
}

async function expectMissing(repository: string, digest: Digest) {
  const path = `/v2/${repository}/blobs/${digest}`;
  expect((await registry.call('HEAD', path)).status).toBe(404);
  const answer = await registry.call('GET', path);
  expect(answer.status).toBe(404);
  expect(answer.codes).toEqual(['BLOB_UNKNOWN']);
}

async function expectDeletable(repository: string, digest: Digest) {
  const path = `/v2/${repository}/blobs/${digest}`;
  expect((await registry.call('DELETE', path)).status).toBe(202);
  await expectMissing(repository, digest);
  const again = await registry.call('DELETE', path);
  expect(again.status).toBe(404);
  expect(again.codes).toEqual(['BLOB_UNKNOWN']);
}

describe.each<DigestAlgorithm>(['sha256', 'sha512'])('blobs by %s', async (algorithm) => {
  const repository = await createRepository();

  it('answers 404 for a blob that was never pushed', async () => {
    await expectMissing(repository, createBlob(algorithm).digest);
  });

  it('cancels an upload', async () => {
    const location = await start(repository);
    expect((await registry.call('DELETE', location)).status).toBe(204);
    const answer = await registry.call('GET', location);
    expect(answer.status).toBe(404);
    expect(answer.codes).toEqual(['BLOB_UPLOAD_UNKNOWN']);
  });

  it('takes a blob by POST and PUT', async () => {
    const blob = createBlob(algorithm);
    const location = await start(repository);
    await expectStored(await putBlob(location, blob.digest, blob.bytes), repository, blob);
    await expectDeletable(repository, blob.digest);
  });

  it('takes a blob by POST with the digest algorithm and PUT', async () => {
    const blob = createBlob(algorithm);
    const location = await start(repository, { 'digest-algorithm': algorithm });
    await expectStored(await putBlob(location, blob.digest, blob.bytes), repository, blob);
    await expectDeletable(repository, blob.digest);
  });

  it('takes a blob by a single POST', async () => {
    const blob = createBlob(algorithm);
    const answer = await registry.call('POST', `/v2/${repository}/blobs/uploads/`, {
      query: { digest: blob.digest },
      headers: octets,
      body: blob.bytes,
    });
    await expectStored(answer, repository, blob);
    await expectDeletable(repository, blob.digest);
  });

  it('takes a blob by one PATCH as a stream', async () => {
    const blob = createBlob(algorithm);
    const answer = await patch(await start(repository), streamOf(blob.bytes));
    expect(answer.status).toBe(202);
    expect(answer.headers.get('range')).toBe('0-511');
    const stored = await putBlob(locationOf(answer, registry.url), blob.digest);
    await expectStored(stored, repository, blob);
    await expectDeletable(repository, blob.digest);
  });

  it('takes a blob by PUT as a stream', async () => {
    const blob = createBlob(algorithm);
    const location = withQuery(await start(repository), 'digest', blob.digest);
    const body = streamOf(blob.bytes);
    const answer = await registry.call('PUT', location, { headers: octets, body });
    await expectStored(answer, repository, blob);
  });

  it.each([
    { name: 'and an empty PUT', isLastInPut: false, size: 512, step: 512 },
    { name: 'and an empty PUT', isLastInPut: false, size: 3067, step: 1024 },
    { name: 'and PUT with the last one', isLastInPut: true, size: 3067, step: 1024 },
  ])('takes $size bytes in chunks of $step $name', async ({ isLastInPut, size, step }) => {
    const blob = createBlob(algorithm, size);
    let location = await start(repository);
    for (let from = 0; from < size; from += step) {
      const to = Math.min(from + step, size);
      const chunk = blob.bytes.subarray(from, to);
      if (isLastInPut && to === size) {
        const range = { 'content-range': `${from}-${to - 1}` };
        const answer = await putBlob(location, blob.digest, chunk, range);
        await expectStored(answer, repository, blob);
        return;
      }
      const answer = await patch(location, chunk, [from, to - 1]);
      expect(answer.status).toBe(202);
      expect(answer.headers.get('range')).toBe(`0-${to - 1}`);
      location = locationOf(answer, registry.url);
    }
    await expectStored(await putBlob(location, blob.digest), repository, blob);
    await expectDeletable(repository, blob.digest);
  });

  it.each([false, true])(
    'refuses chunks out of order and tells where to go on (last one by PUT: %s)',
    async (isLastInPut) => {
      const size = 3067;
      const step = 1024;
      const blob = createBlob(algorithm, size);
      let location = await start(repository);
      for (let from = 0; from < size; from += step) {
        const wrongFrom = from + step < size ? from + step : 0;
        const wrongTo = Math.min(wrongFrom + step, size);
        const wrong = blob.bytes.subarray(wrongFrom, wrongTo);
        const refused =
          isLastInPut && wrongTo === size
            ? await putBlob(location, blob.digest, wrong, {
                'content-range': `${wrongFrom}-${wrongTo - 1}`,
              })
            : await patch(location, wrong, [wrongFrom, wrongTo - 1]);
        expect(refused.status).toBe(416);
        expect(locationOf(refused, registry.url).pathname).toBe(location.pathname);

        const status = await registry.call('GET', location);
        expect(status.status).toBe(204);
        expect(status.headers.get('range')).toBe(`0-${Math.max(from - 1, 0)}`);
        location = locationOf(status, registry.url);

        const to = Math.min(from + step, size);
        const chunk = blob.bytes.subarray(from, to);
        if (isLastInPut && to === size) {
          const range = { 'content-range': `${from}-${to - 1}` };
          const answer = await putBlob(location, blob.digest, chunk, range);
          await expectStored(answer, repository, blob);
          return;
        }
        const answer = await patch(location, chunk, [from, to - 1]);
        expect(answer.status).toBe(202);
        location = locationOf(answer, registry.url);
      }
      await expectStored(await putBlob(location, blob.digest), repository, blob);
    },
  );

  it('does not store a chunk again that it has already', async () => {
    const blob = createBlob(algorithm, 100);
    const location = await start(repository);
    const first = await patch(location, blob.bytes.subarray(0, 60), [0, 59]);
    const again = await patch(locationOf(first, registry.url), blob.bytes.subarray(0, 60), [0, 59]);
    expect(again.status).toBe(416);
    const rest = await patch(locationOf(first, registry.url), blob.bytes.subarray(60), [60, 99]);
    const stored = await putBlob(locationOf(rest, registry.url), blob.digest);
    await expectStored(stored, repository, blob);
  });

  it('mounts a blob from another repository', async () => {
    const source = await createRepository();
    const blob = createBlob(algorithm);
    await registry.client.blobPush(source, blob.digest, blob.bytes);
    const answer = await registry.call('POST', `/v2/${repository}/blobs/uploads/`, {
      query: { mount: blob.digest, from: source },
      scopes: [`repository:${repository}:pull,push`, `repository:${source}:pull`],
    });
    await expectStored(answer, repository, blob);
    await expectDeletable(repository, blob.digest);
    await expectReadable(source, blob);
    await expectDeletable(source, blob.digest);
  });

  it('mounts a blob without being told from where', async () => {
    const source = repository.replace('/blobs', '/source');
    const blob = createBlob(algorithm);
    await registry.client.blobPush(source, blob.digest, blob.bytes);
    const answer = await registry.call('POST', `/v2/${repository}/blobs/uploads/`, {
      query: { mount: blob.digest },
    });
    await expectStored(answer, repository, blob);
    await expectDeletable(source, blob.digest);
    await expectReadable(repository, blob);
  });

  it.each(['existing', 'missing'])(
    'opens an upload for a blob that the %s source does not have',
    async (source) => {
      const blob = createBlob(algorithm);
      const from = source === 'existing' ? await createRepository() : 'no-such-project/blobs';
      const answer = await registry.call('POST', `/v2/${repository}/blobs/uploads/`, {
        query: { mount: blob.digest, from },
      });
      expect(answer.status).toBe(202);
      const stored = await putBlob(locationOf(answer, registry.url), blob.digest, blob.bytes);
      await expectStored(stored, repository, blob);
    },
  );

  describe('refuses bytes that do not hash to the digest', () => {
    const { digest } = createBlob(algorithm);
    const { bytes } = createBlob(algorithm, 2000);

    /** Resolves to the answer's status and code, once it is sure that nothing was stored. */
    async function refusalOf(answer: Answer) {
      await expectMissing(repository, digest);
      await expectMissing(repository, digestOf(bytes, algorithm));
      return [answer.status, ...answer.codes];
    }
    const refused = [400, 'DIGEST_INVALID'];

    it('by a single POST', async () => {
      const query = { digest };
      const path = `/v2/${repository}/blobs/uploads/`;
      const answer = await registry.call('POST', path, { query, headers: octets, body: bytes });
      expect(await refusalOf(answer)).toEqual(refused);
    });

    it('by POST and PUT', async () => {
      expect(await refusalOf(await putBlob(await start(repository), digest, bytes))).toEqual(
        refused,
      );
    });

    it('by a stream', async () => {
      const answer = await patch(await start(repository), streamOf(bytes));
      expect(await refusalOf(await putBlob(locationOf(answer, registry.url), digest))).toEqual(
        refused,
      );
    });

    it.each([false, true])('in chunks (last one by PUT: %s)', async (isLastInPut) => {
      const first = await patch(await start(repository), bytes.subarray(0, 1500), [0, 1499]);
      const location = locationOf(first, registry.url);
      const rest = bytes.subarray(1500);
      if (isLastInPut) {
        const range = { 'content-range': '1500-1999' };
        expect(await refusalOf(await putBlob(location, digest, rest, range))).toEqual(refused);
        return;
      }
      const second = await patch(location, rest, [1500, 1999]);
      expect(await refusalOf(await putBlob(locationOf(second, registry.url), digest))).toEqual(
        refused,
      );
    });
  });

  it.each([
    ['empty', ''],
    ['an empty JSON object', '{}'],
  ])('takes a blob that is %s, more than once', async (_name, text) => {
    const bytes: Bytes = new Uint8Array(Buffer.from(text));
    const blob = { bytes, digest: digestOf(bytes, algorithm) };
    for (let round = 0; round < 2; round += 1) {
      const location = await start(repository);
      const answer = await putBlob(location, blob.digest, bytes);
      expect(answer.status).toBe(201);
      await expectStored(answer, repository, blob);
    }
    await expectDeletable(repository, blob.digest);
  });

  describe('ranges', async () => {
    const blob = createBlob(algorithm, 2048);
    await registry.client.blobPush(repository, blob.digest, blob.bytes);
    const path = `/v2/${repository}/blobs/${blob.digest}`;

    it.each([
      ['500-1499', 500, 1499],
      ['500-', 500, 2047],
      ['-500', 1548, 2047],
      ['2000-5000', 2000, 2047],
      ['0-0', 0, 0],
      ['2047-2047', 2047, 2047],
      ['-5000', 0, 2047],
    ])('sends the bytes of %s', async (range, first, last) => {
      const answer = await registry.call('GET', path, { headers: { range: `bytes=${range}` } });
      expect(answer.status).toBe(206);
      expect(answer.headers.get('content-range')).toBe(`bytes ${first}-${last}/2048`);
      expect(answer.headers.get('content-length')).toBe(String(last - first + 1));
      expect(Buffer.from(answer.bytes).equals(blob.bytes.subarray(first, last + 1))).toBe(true);
    });

    it.each(['500-0', '5000-10000', '2048-', '-0'])('refuses %s', async (range) => {
      const answer = await registry.call('GET', path, { headers: { range: `bytes=${range}` } });
      expect(answer.status).toBe(416);
      expect(answer.headers.get('content-range')).toBe('bytes */2048');
    });

    it.each(['lines=1-2', 'bytes=a-b', 'bytes', 'bytes=-'])(
      'ignores the range header %j',
      async (range) => {
        const answer = await registry.call('GET', path, { headers: { range } });
        expect(answer.status).toBe(200);
        expect(answer.bytes).toHaveLength(2048);
      },
    );

    it('sends several ranges as multipart/byteranges', async () => {
      const answer = await registry.call('GET', path, {
        headers: { range: 'bytes=0-9,100-199,-5' },
      });
      expect(answer.status).toBe(206);
      const type = answer.headers.get('content-type') ?? '';
      const [, boundary = ''] = /^multipart\/byteranges; ?boundary="?([^"]+)"?$/.exec(type) ?? [];
      expect(boundary).not.toBe('');
      expect(answer.headers.get('content-length')).toBe(String(answer.bytes.byteLength));
      const parts = Buffer.from(answer.bytes).toString('latin1').split(`--${boundary}`);
      expect(parts.at(-1)?.trim()).toBe('--');
      const bodies = parts.slice(1, -1).map((part) => {
        const end = part.indexOf('\r\n\r\n');
        return {
          range: /content-range: (.*)/i.exec(part.slice(0, end))?.[1]?.trim(),
          text: part.slice(end + 4, -2),
        };
      });
      const text = Buffer.from(blob.bytes).toString('latin1');
      expect(bodies).toEqual([
        { range: 'bytes 0-9/2048', text: text.slice(0, 10) },
        { range: 'bytes 100-199/2048', text: text.slice(100, 200) },
        { range: 'bytes 2043-2047/2048', text: text.slice(-5) },
      ]);
    });
  });
});

describe('uploads', async () => {
  const repository = await createRepository();

  it('does not find an upload that was never opened', async () => {
    const path = `/v2/${repository}/blobs/uploads/${missingUpload}`;
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const answer = await registry.call(method, path);
      expect(answer.status).toBe(404);
      expect(answer.codes).toEqual(['BLOB_UPLOAD_UNKNOWN']);
    }
  });

  it('does not find an upload through another repository', async () => {
    const other = await createRepository();
    const location = await start(repository);
    const foreign = new URL(location);
    foreign.pathname = location.pathname.replace(repository, other);
    const answer = await registry.call('GET', foreign);
    expect(answer.status).toBe(404);
    expect(answer.codes).toEqual(['BLOB_UPLOAD_UNKNOWN']);
    expect((await registry.call('GET', location)).status).toBe(204);
  });

  it('does not find a finished upload', async () => {
    const blob = createBlob('sha256');
    const location = await start(repository);
    await putBlob(location, blob.digest, blob.bytes);
    expect((await registry.call('GET', location)).status).toBe(404);
    expect((await putBlob(location, blob.digest, blob.bytes)).status).toBe(404);
  });

  it('asks for the digest when an upload is closed without', async () => {
    const answer = await registry.call('PUT', await start(repository), { headers: octets });
    expect(answer.status).toBe(400);
    expect(answer.codes).toEqual(['DIGEST_INVALID']);
  });

  it.each([
    'sha256:abc',
    'md5:d41d8cd98f00b204e9800998ecf8427e',
    `sha256:${'A'.repeat(64)}`,
    '',
    'latest',
  ])('refuses the digest %j', async (digest) => {
    const closing = await registry.call('PUT', await start(repository), { query: { digest } });
    expect(closing.status).toBe(400);
    expect(closing.codes).toEqual(['DIGEST_INVALID']);
  });

  it('refuses a chunk whose range does not fit its length', async () => {
    const answer = await patch(await start(repository), createBytes(10), [0, 99]);
    expect([400, 416]).toContain(answer.status);
  });

  it('answers 304 to a client that has the blob', async () => {
    const blob = createBlob('sha256');
    await registry.client.blobPush(repository, blob.digest, blob.bytes);
    const answer = await registry.call('GET', `/v2/${repository}/blobs/${blob.digest}`, {
      headers: { 'if-none-match': `"${blob.digest}"` },
    });
    expect(answer.status).toBe(304);
    expect(answer.bytes).toHaveLength(0);
  });

  it('keeps a blob of 9 MiB byte for byte, however it is pushed', async () => {
    const blob = createBlob('sha256', 9 * 1024 * 1024 + 7);
    await registry.client.blobPushInChunks(repository, blob.digest, blob.bytes, {
      chunkSize: 4 * 1024 * 1024,
    });
    await expectReadable(repository, blob);
    const { stream, size } = await registry.client.blobStream(repository, blob.digest);
    expect(size).toBe(blob.bytes.byteLength);
    expect(Buffer.from(await new Response(stream).bytes()).equals(blob.bytes)).toBe(true);
  });

  it('takes one blob from several clients at the same time', async () => {
    const blob = createBlob('sha256', 100_000);
    const pushes = Array.from({ length: 8 }, () =>
      registry.client.blobPush(repository, blob.digest, blob.bytes),
    );
    const urls = await Promise.all(pushes);
    expect(urls.every(({ pathname }) => pathname.endsWith(`/blobs/${blob.digest}`))).toBe(true);
    await expectReadable(repository, blob);
  });
});
