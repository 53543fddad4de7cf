import { findNextLink } from '@berth/client';
import { mediaType } from '@berth/oci';
import { afterAll, describe, expect, it } from 'vitest';
import { addImage, createDataSet, type DataSet } from './data.ts';
import { openRegistry } from './registry.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

async function pushSet(set: DataSet, repository: string): Promise<void> {
  for (const [digest, bytes] of set.blobs)
    await registry.client.blobPush(repository, digest, bytes);
  for (const { descriptor, bytes, tags } of set.manifests) {
    const { digest, mediaType } = descriptor;
    await registry.client.manifestPut(repository, digest, bytes, mediaType, { tags });
  }
}

function itemsOf(json: unknown, key: string): unknown[] {
  if (typeof json !== 'object' || json === null) return [];
  const value: unknown = Object.entries(json).find(([name]) => name === key)?.[1];
  return Array.isArray(value) ? value : [];
}

/** The pages that the Link headers lead through, each as the items under `key`. */
async function walk(path: string, key: string): Promise<unknown[][]> {
  const pages: unknown[][] = [];
  let next: URL | undefined = new URL(path, registry.url);
  while (next !== undefined && pages.length < 200) {
    const answer = await registry.call('GET', next);
    expect(answer.status).toBe(200);
    pages.push(itemsOf(answer.json, key));
    next = findNextLink(answer.headers.get('link'), next);
  }
  return pages;
}

describe('tags', async () => {
  const repository = `${await registry.createProject()}/math`;
  // Prefixes of each other, and neighbours that other collations order differently.
  const tags =
    '0.1.2 0.1.20 0.1.2-rc 0.1.2_rc 0.1.2.0 v1 v10 v2 V1 a A a.b a-b a_b a0 B _x __ z Z zz latest Latest'.split(
      ' ',
    );
  const sorted = tags.toSorted();
  const set = createDataSet();
  addImage(set, { tags });
  await pushSet(set, repository);
  const path = `/v2/${repository}/tags/list`;

  it('are listed in ASCII order with the name', async () => {
    const answer = await registry.call('GET', path);
    expect(answer.json).toEqual({ name: repository, tags: sorted });
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(answer.headers.get('link')).toBeNull();
  });

  it('are each visited once by Link, in pages of every size', async () => {
    for (let n = 1; n <= tags.length + 1; n += 1) {
      const pages = await walk(`${path}?n=${n}`, 'tags');
      expect(pages.flat()).toEqual(sorted);
      expect(pages.every((page) => page.length <= n)).toBe(true);
      expect(pages.slice(0, -1).every((page) => page.length === n)).toBe(true);
    }
  });

  it('are each visited once by last alone', async () => {
    for (const n of [1, 2, 3, 7]) {
      const seen: string[] = [];
      for (let rounds = 0; rounds <= tags.length; rounds += 1) {
        const last = seen.at(-1);
        const query = { n, last };
        const page = itemsOf((await registry.call('GET', path, { query })).json, 'tags');
        if (page.length === 0) break;
        seen.push(...page.map(String));
      }
      expect(seen).toEqual(sorted);
    }
  });

  it('go on after a last that does not exist', async () => {
    const answer = await registry.call('GET', path, { query: { last: 'a1' } });
    expect(itemsOf(answer.json, 'tags')).toEqual(sorted.filter((tag) => tag > 'a1'));
  });

  it('are none for n=0, without a Link', async () => {
    const answer = await registry.call('GET', path, { query: { n: 0 } });
    expect(answer.status).toBe(200);
    expect(itemsOf(answer.json, 'tags')).toEqual([]);
    expect(answer.headers.get('link')).toBeNull();
  });

  it.each(['-1', 'NaN', '', '1.5', '0x10', '1e3', '9223372036854775808'])(
    'are refused for n=%j',
    async (n) => {
      const answer = await registry.call('GET', path, { query: { n } });
      expect([answer.status, ...answer.codes]).toEqual([400, 'PAGINATION_NUMBER_INVALID']);
    },
  );

  it('are an empty list when all are deleted', async () => {
    const other = `${repository}/empty`;
    const set = createDataSet();
    addImage(set, { tags: ['only'] });
    await pushSet(set, other);
    await registry.client.manifestDelete(other, 'only');
    const answer = await registry.call('GET', `/v2/${other}/tags/list`);
    expect([answer.status, answer.json]).toEqual([200, { name: other, tags: [] }]);
  });
});

describe('the catalog', async () => {
  const project = await registry.createProject();
  const names = [
    'math',
    'math-voila',
    'math/nested',
    'math/nested/deep',
    'math.x',
    'mat',
    'zoo',
  ].map((path) => `${project}/${path}`);
  for (const name of names) {
    const set = createDataSet();
    addImage(set, { layerCount: 0, tags: ['latest'] });
    await pushSet(set, name);
  }

  it('visits every repository once by Link, in pages of every size', async () => {
    for (let n = 1; n <= names.length + 1; n += 1) {
      const pages = await walk(`/v2/_catalog?n=${n}`, 'repositories');
      const ours = pages.flat().filter((name) => String(name).startsWith(`${project}/`));
      expect(ours).toEqual(names.toSorted());
      expect(pages.every((page) => page.length <= n)).toBe(true);
    }
  });

  it('starts after last', async () => {
    const answer = await registry.call('GET', '/v2/_catalog', {
      query: { last: `${project}/math`, n: 1 },
    });
    expect(itemsOf(answer.json, 'repositories')).toEqual([`${project}/math-voila`]);
  });

  it.each(['-1', 'NaN', '9223372036854775808'])('refuses n=%j', async (n) => {
    const answer = await registry.call('GET', '/v2/_catalog', { query: { n } });
    expect([answer.status, ...answer.codes]).toEqual([400, 'PAGINATION_NUMBER_INVALID']);
  });
});

describe('referrers', async () => {
  const repository = `${await registry.createProject()}/subject`;
  const set = createDataSet();
  const subject = addImage(set, { layerCount: 0, tags: ['subject'] });
  const types = ['application/vnd.example.a', 'application/vnd.example.b'];
  for (let index = 0; index < 25; index += 1) {
    addImage(set, {
      layerCount: 0,
      subject,
      artifactType: types[index % 2] ?? '',
      annotations: { index: String(index) },
    });
  }
  await pushSet(set, repository);
  const path = `/v2/${repository}/referrers/${subject.digest}`;
  const expected = set.manifests.slice(1).map(({ descriptor }) => descriptor.digest);

  it('are each visited once by Link, in pages of several sizes', async () => {
    for (const n of [1, 2, 7, 24, 25, 26, 1000]) {
      const pages = await walk(`${path}?n=${n}`, 'manifests');
      const digests = pages.flat().map((item) => digestOfItem(item));
      expect(digests.toSorted()).toEqual(expected.toSorted());
      expect(pages.every((page) => page.length <= n)).toBe(true);
    }
  });

  it('keep the filter on every page', async () => {
    const [type = ''] = types;
    let next: URL | undefined = new URL(`${path}?n=4&artifactType=${type}`, registry.url);
    const seen: string[] = [];
    while (next !== undefined) {
      const answer = await registry.call('GET', next);
      expect(answer.headers.get('oci-filters-applied')).toBe('artifactType');
      expect(answer.headers.get('content-type')).toBe(mediaType.ociIndex);
      seen.push(...itemsOf(answer.json, 'manifests').map((item) => digestOfItem(item)));
      next = findNextLink(answer.headers.get('link'), next);
    }
    expect(seen.toSorted()).toEqual(expected.filter((_, index) => index % 2 === 0).toSorted());
  });

  it('go one by one, and all with their subject', async () => {
    const [first = ''] = expected;
    await registry.client.manifestDelete(repository, first);
    expect(await registry.client.referrerList(repository, subject.digest)).toHaveLength(24);
    await registry.client.manifestDelete(repository, subject.digest);
    expect(await registry.client.referrerList(repository, subject.digest)).toEqual([]);
  });

  it('are not those of another repository', async () => {
    const other = `${repository}/other`;
    expect(await registry.client.referrerList(other, subject.digest)).toEqual([]);
  });
});

function digestOfItem(item: unknown): string {
  return typeof item === 'object' && item !== null && 'digest' in item ? String(item.digest) : '';
}
