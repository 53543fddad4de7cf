import { type Digest, digestOf, mediaType } from '@berth/oci';
import { afterAll, describe, expect, it } from 'vitest';
import {
  addImage,
  type Bytes,
  createBytes,
  createDataSet,
  type DataSet,
  describeBytes,
  encodeJson,
} from './data.ts';
import { openRegistry } from './registry.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const project = await registry.createProject();

/** Pushes a set into a new repository of the project. */
async function pushSet(set: DataSet, path: string): Promise<string> {
  const repository = `${project}/${path}`;
  for (const [digest, bytes] of set.blobs)
    await registry.client.blobPush(repository, digest, bytes);
  for (const { descriptor, bytes, tags } of set.manifests) {
    const { digest, mediaType } = descriptor;
    await registry.client.manifestPut(repository, digest, bytes, mediaType, { tags });
  }
  return repository;
}

function put(repository: string, reference: string, body: Bytes, contentType?: string) {
  return registry.call('PUT', `/v2/${repository}/manifests/${reference}`, {
    headers: contentType === undefined ? {} : { 'content-type': contentType },
    body,
  });
}

function encode(text: string): Bytes {
  return new Uint8Array(Buffer.from(text));
}

const config = encodeJson({ architecture: 'amd64', os: 'linux' });
const layer = createBytes(100);
const configDescriptor = describeBytes(config, mediaType.ociConfig);
const layerDescriptor = describeBytes(layer, mediaType.ociLayer);
const image = {
  schemaVersion: 2,
  mediaType: mediaType.ociManifest,
  config: configDescriptor,
  layers: [layerDescriptor],
};
const imageText = JSON.stringify(image);
const oci = mediaType.ociManifest;

interface Refusal {
  readonly name: string;
  readonly body: Bytes;
  /** OCI image manifest unless told; null sends none. */
  readonly contentType?: string;
  readonly status?: number;
  readonly code?: string;
}

function text(name: string, body: string, rest: Omit<Refusal, 'name' | 'body'> = {}): Refusal {
  return { name, body: encode(body), ...rest };
}

function changed(name: string, change: object, rest: Omit<Refusal, 'name' | 'body'> = {}): Refusal {
  return { name, body: encodeJson({ ...image, ...change }), ...rest };
}

const anyDigest: Digest = digestOf(createBytes(10));
const refusals: readonly Refusal[] = [
  text('no JSON', 'not json'),
  text('an empty body', ''),
  text('an array', '[]'),
  text('null', 'null'),
  text('text', '"manifest"'),
  text('an empty object', '{}'),
  text('JSON with something behind it', `${imageText} {}`),
  text('a trailing comma', imageText.replace(/\}$/, ',}')),
  text('a byte order mark', `\uFEFF${imageText}`),
  { name: 'bytes that are not UTF-8', body: new Uint8Array([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]) },
  text('nesting of 10,000 levels', '['.repeat(10_000) + ']'.repeat(10_000)),
  text('a key twice', imageText.replace('{', '{"schemaVersion":2,')),
  text(
    'a media type twice',
    imageText.replace('{', `{"mediaType":${JSON.stringify(mediaType.ociIndex)},`),
  ),
  text(
    'a digest twice in the config',
    imageText.replace('"digest"', `"digest":"${anyDigest}","digest"`),
  ),
  text('a key twice, once escaped', imageText.replace('{', String.raw`{"schemaVersio\u006e":2,`)),
  text('a __proto__ key', imageText.replace('{', '{"__proto__":{},')),
  changed('an index beside the layers', { manifests: [] }),
  changed('layers of schema 1', { fsLayers: [] }),
  changed('fields in another case', { Layers: [layerDescriptor] }),
  changed('a config in another case', { CONFIG: configDescriptor }),
  changed('schemaVersion 1', { schemaVersion: 1 }),
  changed('schemaVersion as text', { schemaVersion: '2' }),
  changed('no schemaVersion', { schemaVersion: undefined }),
  changed('no config', { config: undefined }),
  changed('a config that is null', { config: null }),
  changed('no layers', { layers: undefined }),
  changed('layers that are an object', { layers: {} }),
  changed('a layer that is text', { layers: ['sha256:abc'] }),
  changed('an md5 digest', {
    layers: [{ ...layerDescriptor, digest: 'md5:d41d8cd98f00b204e9800998ecf8427e' }],
  }),
  changed('a digest in upper case', {
    layers: [{ ...layerDescriptor, digest: layerDescriptor.digest.toUpperCase() }],
  }),
  changed('a digest with a path', {
    layers: [{ ...layerDescriptor, digest: 'sha256:../../../../etc/passwd' }],
  }),
  changed('a digest with a line break', {
    layers: [{ ...layerDescriptor, digest: `${layerDescriptor.digest}\n` }],
  }),
  changed('a negative size', { layers: [{ ...layerDescriptor, size: -1 }] }),
  changed('a fraction as size', { layers: [{ ...layerDescriptor, size: 1.5 }] }),
  changed('a size as text', { layers: [{ ...layerDescriptor, size: '100' }] }),
  text('a size no double can hold', imageText.replace('"size":100', '"size":9007199254740993')),
  changed('a size that is not the blob’s', { layers: [{ ...layerDescriptor, size: 101 }] }),
  changed('no media type of a layer', { layers: [{ ...layerDescriptor, mediaType: undefined }] }),
  changed('a media type with a line break', {
    layers: [{ ...layerDescriptor, mediaType: 'application/x\r\nX-Evil: 1' }],
  }),
  changed('data that is not what the digest says', {
    layers: [{ ...layerDescriptor, data: Buffer.alloc(100).toString('base64') }],
  }),
  changed('a subject that is no descriptor', { subject: 'sha256:abc' }),
  changed('annotations that are no texts', { annotations: { a: 1 } }),
  changed('annotations that are an array', { annotations: [] }),
  changed(
    'another type in the header',
    { annotations: { a: '1' } },
    { contentType: mediaType.ociIndex },
  ),
  changed(
    'a Docker type in the header',
    { annotations: { a: '2' } },
    { contentType: mediaType.dockerManifest },
  ),
  changed('another type in the body', { mediaType: mediaType.ociIndex }),
  changed('a type in odd case in the body', {
    mediaType: 'application/vnd.oci.image.manifest.v1+JSON',
  }),
  changed(
    'an unknown layer',
    {
      layers: [layerDescriptor, { ...layerDescriptor, digest: anyDigest }],
    },
    { code: 'MANIFEST_BLOB_UNKNOWN' },
  ),
  changed(
    'an unknown config',
    {
      config: { ...configDescriptor, digest: anyDigest },
    },
    { code: 'MANIFEST_BLOB_UNKNOWN' },
  ),
  {
    name: 'more than 4 MiB',
    body: encodeJson({ ...image, annotations: { large: 'a'.repeat(4 * 1024 * 1024) } }),
    status: 413,
    code: 'SIZE_INVALID',
  },
  {
    name: 'Docker schema 1',
    body: encodeJson({ schemaVersion: 1, name: 'x', tag: 'y', fsLayers: [], history: [] }),
    contentType: mediaType.dockerManifestV1,
    code: 'UNSUPPORTED',
  },
];

describe('a manifest is refused', async () => {
  const set = createDataSet();
  set.blobs.set(configDescriptor.digest, config);
  set.blobs.set(layerDescriptor.digest, layer);
  const repository = await pushSet(set, 'strict');

  it('unless it is right', async () => {
    expect((await put(repository, 'right', encode(imageText), oci)).status).toBe(201);
    expect(
      (await put(repository, 'untyped', encode(imageText), `${oci}; charset=utf-8`)).status,
    ).toBe(201);
  });

  it.each(refusals)('with $name', async ({ body, contentType = oci, status = 400, code }) => {
    const answer = await put(repository, 'refused', body, contentType);
    expect([answer.status, ...answer.codes]).toEqual([status, code ?? 'MANIFEST_INVALID']);
    expect((await registry.call('HEAD', `/v2/${repository}/manifests/refused`)).status).toBe(404);
    const digest = digestOf(body);
    expect((await registry.call('HEAD', `/v2/${repository}/manifests/${digest}`)).status).toBe(404);
  });

  it('under a digest that is not its own', async () => {
    const answer = await put(repository, anyDigest, encode(imageText), oci);
    expect([answer.status, ...answer.codes]).toEqual([400, 'DIGEST_INVALID']);
  });

  it.each(['sha256:baddigeststring', 'md5:d41d8cd98f00b204e9800998ecf8427e', 'sha256:'])(
    'under the digest %s',
    async (reference) => {
      const path = `/v2/${repository}/manifests/${reference}`;
      const pushed = await put(repository, reference, encode(imageText), oci);
      expect([pushed.status, ...pushed.codes]).toEqual([400, 'DIGEST_INVALID']);
      expect((await registry.call('GET', path)).status).toBe(400);
    },
  );

  it.each(['.hidden', '-dash', 'a'.repeat(129), 'with space', 'käse'])(
    'under the tag %s',
    async (tag) => {
      const reference = encodeURIComponent(tag);
      const answer = await put(repository, reference, encode(imageText), oci);
      expect(answer.status).toBe(400);
      expect(answer.codes).toEqual(['MANIFEST_INVALID']);
    },
  );

  it('with a bad tag parameter, and then no tag is made', async () => {
    const answer = await registry.call(
      'PUT',
      `/v2/${repository}/manifests/${digestOf(encode(imageText))}`,
      {
        query: { tag: ['good', '.bad'] },
        headers: { 'content-type': oci },
        body: encode(imageText),
      },
    );
    expect(answer.status).toBe(400);
    expect(await registry.client.manifestFind(repository, 'good')).toBeUndefined();
  });

  it('and the type of a stored one is not changed by another push', async () => {
    const { mediaType: _type, ...untyped } = image;
    const body = encodeJson({ ...untyped, annotations: { a: createBytes(4).join() } });
    expect((await put(repository, 'typed', body, oci)).status).toBe(201);
    const again = await put(repository, 'typed', body, 'application/vnd.example.other+json');
    expect(again.status).toBe(400);
    expect((await registry.client.manifestGet(repository, 'typed')).mediaType).toBe(oci);
  });
});

describe('a manifest is stored byte for byte', async () => {
  const set = createDataSet();
  set.blobs.set(configDescriptor.digest, config);
  set.blobs.set(layerDescriptor.digest, layer);
  const repository = await pushSet(set, 'exact');

  it.each([
    ['indented', JSON.stringify(image, null, 3)],
    ['with spaces at the end', `${imageText}\n\n  `],
    ['with escapes', imageText.replace('"schemaVersion"', String.raw`"sch\u0065maVersion"`)],
    [
      'with keys in another order',
      JSON.stringify(Object.fromEntries(Object.entries(image).toReversed())),
    ],
    ['with text beyond ASCII', JSON.stringify({ ...image, annotations: { 'org.x': '𝄞 käse ☃' } })],
  ])('%s', async (_name, body) => {
    const bytes = encode(body);
    expect((await put(repository, 'exact', bytes, oci)).status).toBe(201);
    const stored = await registry.client.manifestGet(repository, 'exact');
    expect(Buffer.from(stored.bytes).toString()).toBe(body);
    expect(stored.digest).toBe(digestOf(bytes));
  });
});

describe('a client that has the manifest', async () => {
  const set = createDataSet();
  const { digest } = addImage(set, { tags: ['latest'] });
  const repository = await pushSet(set, 'conditional');
  const other = digestOf(createBytes(4));

  it.each([
    ['quoted', `"${digest}"`],
    ['unquoted', digest],
    ['weak', `W/"${digest}"`],
    ['in a list', `"${other}", "${digest}"`],
    ['any', '*'],
  ])('is answered 304: %s', async (_name, tag) => {
    for (const reference of ['latest', digest]) {
      for (const method of ['GET', 'HEAD']) {
        const answer = await registry.call(method, `/v2/${repository}/manifests/${reference}`, {
          headers: { 'if-none-match': tag },
        });
        expect(answer.status).toBe(304);
        expect(answer.bytes).toHaveLength(0);
        expect(answer.headers.get('etag')).toBe(`"${digest}"`);
        expect(answer.headers.get('docker-content-digest')).toBe(digest);
      }
    }
  });

  it.each([`"${other}"`, '""', 'garbage', `"${digest.slice(0, -1)}"`])(
    'is sent the manifest when it has another: %s',
    async (tag) => {
      const answer = await registry.call('GET', `/v2/${repository}/manifests/latest`, {
        headers: { 'if-none-match': tag },
      });
      expect(answer.status).toBe(200);
      expect(digestOf(answer.bytes)).toBe(digest);
    },
  );
});

describe('tags and deletion', () => {
  it('moves a tag and keeps what it pointed to', async () => {
    const set = createDataSet();
    const first = addImage(set);
    const second = addImage(set);
    const repository = await pushSet(set, 'moves');
    for (const { descriptor, bytes } of set.manifests) {
      await registry.client.manifestPut(repository, 'latest', bytes, oci);
      expect((await registry.client.manifestGet(repository, 'latest')).digest).toBe(
        descriptor.digest,
      );
    }
    expect(await registry.client.manifestFind(repository, first.digest)).toBeDefined();
    expect(await registry.client.manifestFind(repository, second.digest)).toBeDefined();
    expect(await registry.client.tagList(repository)).toEqual(['latest']);
  });

  it('deletes the tags of a manifest with it, and leaves those of others', async () => {
    const set = createDataSet();
    const { digest } = addImage(set, { tags: ['a', 'b'] });
    addImage(set, { tags: ['c'] });
    const repository = await pushSet(set, 'tags');
    expect(await registry.client.manifestDelete(repository, digest)).toBe(true);
    expect(await registry.client.tagList(repository)).toEqual(['c']);
    for (const reference of ['a', 'b', digest]) {
      const answer = await registry.call('GET', `/v2/${repository}/manifests/${reference}`);
      expect([answer.status, ...answer.codes]).toEqual([404, 'MANIFEST_UNKNOWN']);
    }
    expect(await registry.client.manifestDelete(repository, digest)).toBe(false);
  });

  it('leaves the manifest when a tag is deleted', async () => {
    const set = createDataSet();
    const { digest } = addImage(set, { tags: ['a', 'b'] });
    const repository = await pushSet(set, 'untag');
    expect(await registry.client.manifestDelete(repository, 'a')).toBe(true);
    expect(await registry.client.manifestDelete(repository, 'a')).toBe(false);
    expect(await registry.client.tagList(repository)).toEqual(['b']);
    expect(await registry.client.manifestFind(repository, digest)).toBeDefined();
  });

  it('keeps a blob as long as a manifest needs it', async () => {
    const set = createDataSet();
    const { digest } = addImage(set, { tags: ['latest'] });
    const repository = await pushSet(set, 'needed');
    for (const [blob, bytes] of set.blobs) {
      const answer = await registry.call('DELETE', `/v2/${repository}/blobs/${blob}`);
      expect([answer.status, ...answer.codes]).toEqual([405, 'DENIED']);
      expect(Buffer.from(await registry.client.blobGet(repository, blob)).equals(bytes)).toBe(true);
    }
    await registry.client.manifestDelete(repository, digest);
    for (const blob of set.blobs.keys()) {
      expect(await registry.client.blobDelete(repository, blob)).toBe(false);
    }
  });

  it('takes a deleted manifest again', async () => {
    const set = createDataSet();
    const { digest } = addImage(set, { tags: ['latest'] });
    const repository = await pushSet(set, 'again');
    await registry.client.manifestDelete(repository, digest);
    await pushSet(set, 'again');
    expect((await registry.client.manifestGet(repository, 'latest')).digest).toBe(digest);
  });

  it('makes every tag of a push by digest', async () => {
    const set = createDataSet();
    const tags = Array.from({ length: 30 }, (_, index) => `t${index}`);
    addImage(set, { tags });
    const repository = await pushSet(set, 'many');
    expect(await registry.client.tagList(repository)).toEqual(tags.toSorted());
  });
});
