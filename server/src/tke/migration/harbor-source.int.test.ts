import { createRegistryClient, type RegistryClient } from '@berth/client';
import { type Digest, digestOf, mediaType } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ADMIN_PASSWORD,
  basicHeader,
  startTestRegistry,
  type TestRegistry,
} from '../../../test/registry.ts';
import { createNames } from '../names.ts';
import { createHarborSource } from './harbor-source.ts';
import { HttpApi } from './http-api.ts';
import { type MigrationSource, SHARED } from './migration-source.ts';

/** Plays the Harbor: its API is Harbor's. */
let harbor: TestRegistry;
let client: RegistryClient;
let source: MigrationSource;
const { signal } = new AbortController();
const text = new TextEncoder();

beforeAll(async () => {
  harbor = await startTestRegistry();
  const { url } = harbor;
  client = createRegistryClient({ url, username: 'admin', password: ADMIN_PASSWORD });
  const api = new HttpApi({ url, fetch, authorization: basicHeader(), pausesMs: [] });
  source = createHarborSource({ url, api, client, names: createNames() });
  await createProject('default-image-test', true);
  await createProject('a-b-image-test', false);
  await createProject('default-chart-public', true);
  await createProject('foreign', true);
});
afterAll(() => harbor.stop());

async function createProject(name: string, isPublic: boolean): Promise<void> {
  const response = await fetch(`${harbor.url}/api/v2.0/projects`, {
    method: 'POST',
    headers: { authorization: basicHeader(), 'content-type': 'application/json' },
    body: JSON.stringify({ project_name: name, metadata: { public: String(isPublic) } }),
  });
  expect(response.status).toBe(201);
}

async function push(
  repository: string,
  reference: string | undefined,
  layers: readonly { readonly mediaType: string; readonly content: string }[],
  configType = 'application/vnd.oci.image.config.v1+json',
): Promise<Digest> {
  const describe = async (type: string, content: string) => {
    const bytes = text.encode(content);
    const digest = digestOf(bytes);
    await client.blobPush(repository, digest, bytes);
    return { mediaType: type, digest, size: bytes.byteLength };
  };
  const manifest = text.encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaType.ociManifest,
      config: await describe(configType, '{}'),
      layers: await Promise.all(layers.map((layer) => describe(layer.mediaType, layer.content))),
    }),
  );
  const digest = digestOf(manifest);
  await client.manifestPut(repository, reference ?? digest, manifest, mediaType.ociManifest);
  return digest;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', content: 'layer' };

describe('a Harbor as source', () => {
  it('takes projects of our names for namespaces and groups, with their visibility', async () => {
    await source.check(signal);
    const { namespaces, chartGroups, notes } = await source.listContents(signal);
    expect(namespaces).toEqual(
      expect.arrayContaining([
        { tenant: 'default', name: 'test', settings: { visibility: 'Public' } },
        { tenant: 'a-b', name: 'test', settings: { visibility: 'Private' } },
        { tenant: SHARED, name: 'library', settings: {} },
      ]),
    );
    expect(namespaces).toHaveLength(3);
    expect(chartGroups).toEqual([
      { tenant: 'default', name: 'public', settings: { visibility: 'Public' } },
    ]);
    expect(notes).toEqual(["1 projects of the source are no tenant's"]);
  });

  it('lists nested repositories, all tags of an artifact, and untagged ones', async () => {
    const namespace = { tenant: 'default', name: 'test', settings: {} };
    const tagged = await push('default-image-test/a/b', '1', [layer]);
    await push('default-image-test/a/b', 'latest', [layer]);
    const untagged = await push('default-image-test/a/b', undefined, [
      { ...layer, content: 'other' },
    ]);
    expect(await collect(source.listRepositories(namespace, signal))).toEqual(['a/b']);
    const references = await collect(source.listReferences(namespace, 'a/b', signal));
    const sized = references.filter(({ size }) => size !== undefined);
    expect(sized).toHaveLength(2);
    const found = references.map(({ tag, digest }) => `${tag ?? ''}@${digest}`).toSorted();
    expect(found).toEqual([`1@${tagged}`, `latest@${tagged}`, `@${untagged}`].toSorted());
    expect(source.images('default').nameOf(namespace, 'a/b')).toBe('default-image-test/a/b');
  });

  it('reads charts, byte for byte, with what signs them', async () => {
    await push(
      'default-chart-public/app',
      '1.0.0_build',
      [
        { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', content: 'archive' },
        { mediaType: 'application/vnd.cncf.helm.chart.provenance.v1.prov', content: 'signed' },
      ],
      'application/vnd.cncf.helm.config.v1+json',
    );
    await push('default-chart-public/image', '1', [layer]);
    const group = { tenant: 'default', name: 'public', settings: {} };
    const museumless = await systeminfoSaysNothing();
    const charts = await collect(museumless.listCharts(group, signal));
    expect(charts.map(({ label, digest }) => [label, digest])).toEqual([
      ['app-1.0.0+build', digestOf(text.encode('archive'))],
    ]);
    const [chart] = charts;
    expect(Buffer.from((await chart?.archive(signal)) ?? []).toString()).toBe('archive');
    expect(Buffer.from((await chart?.provenance(signal)) ?? []).toString()).toBe('signed');
  });
});

/** The same, without ChartMuseum, as Harbor from 2.8 on. */
function systeminfoSaysNothing(): Promise<MigrationSource> {
  const { url } = harbor;
  const withoutMuseum: typeof fetch = (input, init) =>
    String(input instanceof Request ? input.url : input).includes('/systeminfo')
      ? Promise.resolve(Response.json({ harbor_version: 'v2.9.0' }))
      : fetch(input, init);
  const api = new HttpApi({ url, fetch: withoutMuseum, authorization: basicHeader() });
  return Promise.resolve(createHarborSource({ url, api, client, names: createNames() }));
}
