import type { Digest } from '@berth/oci';
import { afterAll, describe, expect, it } from 'vitest';
import { createBytes, createDataSet, describeBytes, type ManifestItem } from './data.ts';
import { dataKinds } from './data-kinds.ts';
import { type Answer, locationOf, openRegistry } from './registry.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const accept = {
  accept:
    'application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, */*',
};

function put(
  repository: string,
  reference: string,
  item: ManifestItem,
  tags: readonly string[] = [],
) {
  return registry.call('PUT', `/v2/${repository}/manifests/${reference}`, {
    query: { tag: tags },
    headers: { 'content-type': item.descriptor.mediaType },
    body: item.bytes,
  });
}

async function expectAccepted(answer: Answer, item: ManifestItem, digest?: Digest) {
  expect([answer.status, ...answer.codes]).toEqual([201]);
  const actual = answer.headers.get('docker-content-digest');
  expect(actual).toBe(digest ?? actual);
  expect(answer.headers.get('oci-subject')).toBe(item.subject ?? null);
  expectManifest(await registry.call('GET', locationOf(answer, registry.url)), item);
}

function expectManifest(answer: Answer, { bytes, descriptor }: ManifestItem, isHead = false) {
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe(descriptor.mediaType);
  expect(answer.headers.get('content-length')).toBe(String(bytes.byteLength));
  expect(Buffer.from(answer.bytes).equals(isHead ? new Uint8Array() : bytes)).toBe(true);
}

describe('an empty repository', async () => {
  const repository = `${await registry.createProject()}/empty`;

  it('answers the ping', async () => {
    const answer = await registry.call('GET', '/v2/');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
  });

  it('has no tag list', async () => {
    const answer = await registry.call('GET', `/v2/${repository}/tags/list`);
    expect(answer.status).toBe(404);
    expect(answer.codes).toEqual(['NAME_UNKNOWN']);
  });

  it('has an empty referrers list for any digest', async () => {
    const { digest } = describeBytes(createBytes(8), 'x/y');
    const answer = await registry.call('GET', `/v2/${repository}/referrers/${digest}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/vnd.oci.image.index.v1+json');
    expect(answer.json).toEqual({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [],
    });
  });

  it.each(['latest', describeBytes(createBytes(8), 'x/y').digest])(
    'has no manifest %s',
    async (reference) => {
      const path = `/v2/${repository}/manifests/${reference}`;
      expect((await registry.call('HEAD', path)).status).toBe(404);
      const answer = await registry.call('GET', path);
      expect(answer.status).toBe(404);
      expect(['MANIFEST_UNKNOWN', 'NAME_UNKNOWN']).toContain(answer.codes[0]);
    },
  );
});

describe.each(dataKinds)('$name', async ({ build, areTagsParameters = false }) => {
  const repository = `${await registry.createProject()}/data`;
  const set = createDataSet();
  build(set);
  const tags = set.manifests.flatMap((item) => item.tags.map((tag) => ({ tag, item })));

  it('is pushed', async () => {
    let turn = 0;
    const { client } = registry;
    for (const [digest, bytes] of set.blobs) {
      turn += 1;
      if (turn % 3 === 0) await client.blobPushByPost(repository, digest, bytes);
      else if (turn % 3 === 1) await client.blobPush(repository, digest, bytes);
      else await client.blobPushInChunks(repository, digest, bytes, { chunkSize: 1024 });
    }
    for (const item of set.manifests) {
      const { digest } = item.descriptor;
      const parameters = areTagsParameters ? item.tags : [];
      const answer = await put(repository, digest, item, parameters);
      await expectAccepted(answer, item, digest);
      const made = (answer.headers.get('oci-tag') ?? '').split(',').map((tag) => tag.trim());
      expect(made.filter((tag) => tag !== '').toSorted()).toEqual(parameters.toSorted());
    }
    for (const { tag, item } of areTagsParameters ? [] : tags) {
      await expectAccepted(await put(repository, tag, item), item);
    }
  });

  it('has its tags in the list', async () => {
    const expected = tags.map(({ tag }) => tag).toSorted();
    expect(await registry.client.tagList(repository)).toEqual(expected);
    const [last = 'z', ...rest] = expected;
    expect(await registry.client.tagList(repository, { last })).toEqual(rest);
  });

  it('is found by tag and by digest', async () => {
    for (const { tag, item } of tags) {
      const path = `/v2/${repository}/manifests/${tag}`;
      expectManifest(await registry.call('HEAD', path, { headers: accept }), item, true);
      expectManifest(await registry.call('GET', path, { headers: accept }), item);
      expectManifest(await registry.call('GET', path), item);
    }
    for (const item of set.manifests) {
      const { digest } = item.descriptor;
      for (const method of ['HEAD', 'GET']) {
        const path = `/v2/${repository}/manifests/${digest}`;
        const answer = await registry.call(method, path, { headers: accept });
        expectManifest(answer, item, method === 'HEAD');
        expect(answer.headers.get('docker-content-digest')).toBe(digest);
        expect(answer.headers.get('etag')).toBe(`"${digest}"`);
        expect(answer.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
      }
    }
    for (const [digest, bytes] of set.blobs) {
      expect(await registry.client.blobFind(repository, digest)).toEqual({
        digest,
        size: bytes.byteLength,
      });
      expect(Buffer.from(await registry.client.blobGet(repository, digest)).equals(bytes)).toBe(
        true,
      );
    }
  });

  it('is in the referrers list of its subject, with and without a filter', async () => {
    for (const [subject, expected] of set.referrers) {
      const path = `/v2/${repository}/referrers/${subject}`;
      const all = await registry.call('GET', path);
      expect(all.status).toBe(200);
      expect(all.headers.get('content-type')).toBe('application/vnd.oci.image.index.v1+json');
      expect(all.headers.get('oci-filters-applied')).toBeNull();
      expect(byDigest(descriptorsOf(all))).toEqual(byDigest(expected.map(present)));
      for (const type of new Set(expected.map(({ artifactType }) => artifactType))) {
        if (type === undefined) continue;
        const some = await registry.call('GET', path, { query: { artifactType: type } });
        expect(some.headers.get('oci-filters-applied')).toBe('artifactType');
        const matching = expected.filter(({ artifactType }) => artifactType === type);
        expect(byDigest(descriptorsOf(some))).toEqual(byDigest(matching.map(present)));
      }
      const none = await registry.call('GET', path, { query: { artifactType: 'no/such' } });
      expect(none.status).toBe(200);
      expect(descriptorsOf(none)).toEqual([]);
    }
  });

  it('is deleted: tags, manifests, and with them what only they needed', async () => {
    for (const { tag } of tags) {
      const path = `/v2/${repository}/manifests/${tag}`;
      expect((await registry.call('DELETE', path)).status).toBe(202);
      expect((await registry.call('HEAD', path)).status).toBe(404);
    }
    for (const { descriptor } of set.manifests.toReversed()) {
      const path = `/v2/${repository}/manifests/${descriptor.digest}`;
      // Children and referrers go with the index or subject that was deleted before them.
      expect([202, 404]).toContain((await registry.call('DELETE', path)).status);
      expect((await registry.call('GET', path)).status).toBe(404);
    }
    for (const digest of set.blobs.keys()) {
      const path = `/v2/${repository}/blobs/${digest}`;
      expect((await registry.call('HEAD', path)).status).toBe(404);
      expect((await registry.call('DELETE', path)).status).toBe(404);
    }
    for (const subject of set.referrers.keys()) {
      expect(await registry.client.referrerList(repository, subject)).toEqual([]);
    }
  });
});

function descriptorsOf(answer: Answer): { digest: string }[] {
  const { json } = answer;
  if (typeof json !== 'object' || json === null || !('manifests' in json)) return [];
  return Array.isArray(json.manifests) ? json.manifests : [];
}

function present({ annotations, ...rest }: { digest: string; annotations: object }) {
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

function byDigest<T extends { digest: string }>(items: readonly T[]): T[] {
  return items.toSorted((one, other) => one.digest.localeCompare(other.digest));
}
