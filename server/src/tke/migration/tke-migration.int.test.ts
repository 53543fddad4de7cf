import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type Digest, digestOf, mediaType } from '@berth/oci';
import { packTar } from 'modern-tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { z } from 'zod';
import {
  ADMIN_PASSWORD,
  basicHeader,
  startTestRegistry,
  type TestRegistry,
} from '../../../test/registry.ts';
import { encodeForm } from './form-upload.ts';
import { openJournal } from './journal.ts';
import { runMigration } from './migration.ts';
import { createPlan } from './migration-plan.ts';
import { SHARED } from './migration-source.ts';
import { createTkeDestination } from './tke-destination.ts';
import { TkeHost } from './tke-host.ts';
import { createTkeSource } from './tke-source.ts';

const apiKeySchema = z.object({ spec: z.object({ apiKey: z.string() }) });
const text = new TextEncoder();
const { signal } = new AbortController();
let directory = '';
let registries: TestRegistry[] = [];
let old: TkeHost;
let young: TkeHost;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-tke-migration-'));
  old = await start('old', 'old.example.test');
  young = await start('young', 'young.example.test');
});
afterAll(async () => {
  await Promise.all([old, young].map((host) => host.close()));
  await Promise.all(registries.map((registry) => registry.stop()));
  await rm(directory, { recursive: true });
});

async function start(name: string, domainSuffix: string): Promise<TkeHost> {
  const file = join(directory, `${name}.yaml`);
  const configuration = {
    apiVersion: 'registry.config.tkestack.io/v1',
    kind: 'RegistryConfiguration',
    defaultTenant: 'default',
    domainSuffix,
  };
  await writeFile(file, stringify(configuration));
  const registry = await startTestRegistry({ settings: { tkeConfig: file } });
  registries = [...registries, registry];
  const host = new TkeHost({
    url: registry.url,
    username: 'admin',
    secret: ADMIN_PASSWORD,
    ca: undefined,
    suffix: undefined,
  });
  await host.open(signal);
  return host;
}

async function push(tenant: string, repository: string, reference: string, content: string) {
  const client = old.images(tenant);
  const describe = async (type: string, content: string) => {
    const bytes = text.encode(content);
    await client.blobPush(repository, digestOf(bytes), bytes);
    return { mediaType: type, digest: digestOf(bytes), size: bytes.byteLength };
  };
  const manifest = text.encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaType.ociManifest,
      config: await describe('application/vnd.oci.image.config.v1+json', '{}'),
      layers: [await describe('application/vnd.oci.image.layer.v1.tar+gzip', content)],
    }),
  );
  await client.manifestPut(repository, reference, manifest, mediaType.ociManifest);
  return digestOf(manifest);
}

async function chartArchive(name: string, version: string): Promise<Uint8Array<ArrayBuffer>> {
  const body = stringify({ apiVersion: 'v2', name, version, description: 'to be moved' });
  const header = { name: `${name}/Chart.yaml`, size: body.length, type: 'file' } as const;
  return new Uint8Array(gzipSync(await packTar([{ header, body }])));
}

async function upload(tenant: string, group: string, files: Record<string, Uint8Array>) {
  const named = Object.entries(files).map(([field, content]) => [field, { name: field, content }]);
  const form = await encodeForm(Object.fromEntries(named));
  const path = `/chart/api/${group}/charts`;
  const answer = await old.charts(tenant).send({ path, method: 'POST', ...form }, signal);
  expect(`${answer.status} ${answer.bytes.toString()}`).toMatch(/^201 /);
}

async function digestAt(tenant: string, repository: string, reference: string) {
  return (await young.images(tenant).manifestFind(repository, reference))?.digest;
}

describe('from one TKE registry to another', () => {
  const digests = new Map<string, Digest>();
  let archive: Uint8Array<ArrayBuffer>;
  const provenance = Buffer.from(
    '-----BEGIN PGP SIGNED MESSAGE-----\n\nname: app\nversion: 1.0.0\n\n...\nfiles:\n  app-1.0.0.tgz: sha256:x\n-----BEGIN PGP SIGNATURE-----\n-----END PGP SIGNATURE-----\n',
  );

  beforeAll(async () => {
    archive = await chartArchive('app', '1.0.0');
    for (const tenant of ['default', 't-2']) {
      const spec = { tenantID: tenant, name: 'test' };
      const visibility = tenant === 'default' ? 'Public' : 'Private';
      await old.objects.create(
        'namespaces',
        { kind: 'Namespace', spec: { ...spec, visibility } },
        signal,
      );
      const group = { tenantID: tenant, name: 'apps', displayName: 'Apps', visibility: 'User' };
      const people = { users: ['alice'], creator: 'bob' };
      await old.objects.create(
        'chartgroups',
        { kind: 'ChartGroup', spec: { ...group, ...people } },
        signal,
      );
      digests.set(tenant, await push(tenant, 'test/a/nginx', '1', `layer of ${tenant}`));
      await upload(tenant, 'apps', { chart: archive, prov: provenance });
    }
    digests.set('library', await push(SHARED, 'library/pause', '3', 'shared'));
  }, 60_000);

  it('39: tells what it would copy, then copies it, and a second run writes nothing', async () => {
    const source = createTkeSource(old);
    await source.check(signal);
    const contents = await source.listContents(signal);
    const plan = await createPlan(source, contents, signal);
    expect(plan.tenants).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ tenant: 'library', repositories: 1, tags: 1 }),
        expect.objectContaining({ tenant: 'default', namespaces: 1, repositories: 1, charts: 1 }),
        expect.objectContaining({ tenant: 't-2', namespaces: 1, repositories: 1, charts: 1 }),
      ]),
    );
    const destination = createTkeDestination(young);
    await destination.check(signal);
    const run = async () => {
      const order = { source: source.name, destination: destination.name };
      const journal = await openJournal(join(directory, 'state.jsonl'), order);
      try {
        const ports = { source, destination, journal, signal, onProgress: () => {} };
        const limits = { concurrency: 2, bytesPerSecond: undefined };
        return await runMigration(ports, contents, limits);
      } finally {
        await journal.close();
      }
    };
    const report = await run();
    expect(report.misses).toEqual([]);
    expect(report.copied).toMatchObject({ namespaces: 2, chartGroups: 2, tags: 3, charts: 2 });
    expect(report.verified).toMatchObject({ tags: 3, charts: 2 });
    expect(await digestAt('default', 'test/a/nginx', '1')).toBe(digests.get('default'));
    expect(await digestAt('t-2', 'test/a/nginx', '1')).toBe(digests.get('t-2'));
    expect(await digestAt('t-2', 'library/pause', '3')).toBe(digests.get('library'));
    const charts = young.charts('t-2');
    const moved = await charts.findBytes('/chart/apps/charts/app-1.0.0.tgz', signal);
    expect(moved && Buffer.compare(moved, archive)).toBe(0);
    const signed = await charts.findBytes('/chart/apps/charts/app-1.0.0.tgz.prov', signal);
    expect(signed && Buffer.compare(signed, provenance)).toBe(0);

    const again = await run();
    const nothing = { namespaces: 0, chartGroups: 0, manifests: 0, tags: 0, blobs: 0, charts: 0 };
    expect(again).toMatchObject({ missed: 0, copied: { ...nothing, present: 5 } });
  }, 60_000);

  it('39: keeps who may see and use them', async () => {
    const find = (resource: string, tenant: string, name: string) =>
      young.objects.find(resource, { tenant, name }, signal);
    expect((await find('namespaces', 't-2', 'test'))?.spec).toMatchObject({
      visibility: 'Private',
    });
    expect((await find('namespaces', 'default', 'test'))?.spec).toMatchObject({
      visibility: 'Public',
    });
    expect((await find('chartgroups', 't-2', 'apps'))?.spec).toMatchObject({
      displayName: 'Apps',
      visibility: 'User',
      users: expect.arrayContaining(['alice']),
      creator: 'bob',
    });
  });

  it('7: takes an API key in the place of name and password', async () => {
    const response = await fetch(`${young.url}/apis/auth.tkestack.io/v1/apikeys/default/token`, {
      method: 'POST',
      headers: { authorization: basicHeader(), 'content-type': 'application/json' },
      body: JSON.stringify({ expire: '1h', description: 'migration' }),
    });
    const key = apiKeySchema.parse(await response.json());
    const options = { url: young.url, username: undefined, ca: undefined, suffix: undefined };
    const host = new TkeHost({ ...options, secret: key.spec.apiKey });
    try {
      const destination = createTkeDestination(host);
      await destination.check(signal);
      const settings = { visibility: 'Private' };
      const namespace = { tenant: 't-2', name: 'by-key', settings };
      expect(await destination.ensureNamespace(namespace, signal)).toMatchObject({ isNew: true });
      const bytes = text.encode('blob');
      await destination.images('t-2').blobPush('by-key/x', digestOf(bytes), bytes);
    } finally {
      await host.close();
    }
  });
});
