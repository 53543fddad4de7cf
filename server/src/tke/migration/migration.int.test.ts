import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRegistryClient, type RegistryClient } from '@berth/client';
import { type Digest, digestOf, mediaType } from '@berth/oci';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ADMIN_PASSWORD,
  basicHeader,
  startTestRegistry,
  type TestRegistry,
} from '../../../test/registry.ts';
import { AppError } from '../../lib/index.ts';
import { createDistributionSource } from './distribution-source.ts';
import { openJournal } from './journal.ts';
import { type MigrationLimits, runMigration } from './migration.ts';
import type { Ensured, KeptChart, MigrationDestination } from './migration-destination.ts';
import type {
  MigrationSource,
  SourceChart,
  SourceChartGroup,
  SourceNamespace,
} from './migration-source.ts';

let source: TestRegistry;
let target: TestRegistry;
let from: RegistryClient;
let to: RegistryClient;
let directory = '';
let namespace = '';
let destination: RecordingDestination;

beforeAll(async () => {
  [source, target] = await Promise.all([startTestRegistry(), startTestRegistry()]);
  from = clientOf(source);
  to = clientOf(target);
});
afterAll(() => Promise.all([source.stop(), target.stop()]));

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-migration-'));
  namespace = `n${randomBytes(4).toString('hex')}`;
  destination = new RecordingDestination();
  await createProject(source, `t-${namespace}`);
});
afterEach(() => rm(directory, { recursive: true }));

function clientOf({ url }: TestRegistry): RegistryClient {
  return createRegistryClient({ url, username: 'admin', password: ADMIN_PASSWORD });
}

/** A registry without tenants in the place of TKE's: namespaces are projects. */
class RecordingDestination implements MigrationDestination {
  readonly name = 'the target';
  readonly charts = new Map<string, { archive: Uint8Array; provenance?: Uint8Array }>();
  requests: string[] = [];

  check(): Promise<void> {
    return to.ping();
  }

  async ensureNamespace({ name }: SourceNamespace): Promise<Ensured> {
    return { isNew: await createProject(target, name), notes: [] };
  }

  ensureChartGroup(): Promise<Ensured> {
    return Promise.resolve({ isNew: true, notes: [] });
  }

  images(): RegistryClient {
    return createRegistryClient({
      url: target.url,
      username: 'admin',
      password: ADMIN_PASSWORD,
      fetch: (input, init) => {
        const url = new URL(input instanceof Request ? input.url : input);
        this.requests.push(`${init?.method ?? 'GET'} ${url.pathname}`);
        return fetch(input, init);
      },
    });
  }

  listCharts(): Promise<ReadonlyMap<string, KeptChart>> {
    const kept = [...this.charts].map(
      ([label, { archive }]) => [sha256(archive), { label }] as const,
    );
    return Promise.resolve(new Map(kept));
  }

  putChart(...[, { label, archive, provenance }]: Parameters<MigrationDestination['putChart']>) {
    if (this.charts.has(label)) return Promise.reject(new AppError('conflict', 'it exists'));
    this.charts.set(label, { archive, ...(provenance && { provenance }) });
    return Promise.resolve();
  }

  putProvenance(...[, { label, provenance }]: Parameters<MigrationDestination['putProvenance']>) {
    const chart = this.charts.get(label);
    if (chart !== undefined) chart.provenance = provenance;
    return Promise.resolve();
  }

  findProvenance(_group: SourceChartGroup, label: string): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.charts.get(label)?.provenance);
  }

  writes(): string[] {
    return this.requests.filter((request) => /^(?:POST|PUT|PATCH|DELETE)/.test(request));
  }
}

async function createProject({ url }: TestRegistry, name: string): Promise<boolean> {
  const response = await fetch(`${url}/api/v2.0/projects`, {
    method: 'POST',
    headers: { authorization: basicHeader(), 'content-type': 'application/json' },
    body: JSON.stringify({ project_name: name }),
  });
  await response.body?.cancel();
  return response.status === 201;
}

function distribution(overrides: Partial<MigrationSource> = {}): MigrationSource {
  const made = createDistributionSource({
    url: source.url,
    client: from,
    rules: { tenants: ['t'], namespaces: undefined },
    charts: { kind: 'none' },
    visibility: 'Private',
  });
  return {
    name: made.name,
    check: (signal) => made.check(signal),
    listContents: async (signal) => {
      const all = await made.listContents(signal);
      return {
        ...all,
        notes: [],
        namespaces: all.namespaces.filter(({ name }) => name === namespace),
      };
    },
    listRepositories: (...rest) => made.listRepositories(...rest),
    listReferences: (...rest) => made.listReferences(...rest),
    images: (tenant) => made.images(tenant),
    listCharts: (...rest) => made.listCharts(...rest),
    ...overrides,
  };
}

async function migrate(
  order: { source?: MigrationSource; limits?: Partial<MigrationLimits>; signal?: AbortSignal } = {},
) {
  const { source: chosen = distribution(), signal = new AbortController().signal } = order;
  const ends = { source: chosen.name, destination: destination.name };
  const journal = await openJournal(join(directory, 'state.jsonl'), ends);
  try {
    const contents = await chosen.listContents(signal);
    destination.requests = [];
    return await runMigration(
      { source: chosen, destination, journal, signal, onProgress: () => {}, pausesMs: [1] },
      contents,
      { concurrency: 3, bytesPerSecond: undefined, ...order.limits },
    );
  } finally {
    await journal.close();
  }
}

/** Pushes an image of one layer; gives its manifest's digest. */
async function pushImage(
  repository: string,
  reference: string | undefined,
  content: { layer?: Uint8Array<ArrayBuffer>; subject?: Digest; docker?: boolean } = {},
): Promise<Digest> {
  const name = `t-${namespace}/${repository}`;
  const { layer = new Uint8Array(randomBytes(50_000)), docker = false } = content;
  const config = new TextEncoder().encode(JSON.stringify({ n: randomBytes(4).toString('hex') }));
  for (const bytes of [layer, config]) await from.blobPush(name, digestOf(bytes), bytes);
  const type = docker ? mediaType.dockerManifest : mediaType.ociManifest;
  const manifest = new TextEncoder().encode(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: type,
      config: {
        mediaType: docker
          ? 'application/vnd.docker.container.image.v1+json'
          : 'application/vnd.oci.image.config.v1+json',
        digest: digestOf(config),
        size: config.byteLength,
      },
      layers: [
        {
          mediaType: docker
            ? 'application/vnd.docker.image.rootfs.diff.tar.gzip'
            : 'application/vnd.oci.image.layer.v1.tar+gzip',
          digest: digestOf(layer),
          size: layer.byteLength,
        },
      ],
      ...(content.subject && {
        subject: { mediaType: mediaType.ociManifest, digest: content.subject, size: 1 },
      }),
    }),
  );
  const digest = digestOf(manifest);
  await from.manifestPut(name, reference ?? digest, manifest, type);
  return digest;
}

async function pushIndex(repository: string, tag: string, children: readonly Digest[]) {
  const name = `t-${namespace}/${repository}`;
  const manifests = await Promise.all(
    children.map(async (digest) => {
      const { bytes, mediaType } = await from.manifestGet(name, digest);
      return { mediaType, digest, size: bytes.byteLength };
    }),
  );
  const index = new TextEncoder().encode(
    JSON.stringify({ schemaVersion: 2, mediaType: mediaType.ociIndex, manifests }),
  );
  await from.manifestPut(name, tag, index, mediaType.ociIndex);
  return digestOf(index);
}

describe('a migration', () => {
  it('39: copies images of all kinds by digest, and a second run writes nothing', async () => {
    const shared = new Uint8Array(randomBytes(80_000));
    const plain = await pushImage('app', '1', { layer: shared });
    const docker = await pushImage('a/b/c', 'v2', { layer: shared, docker: true });
    const first = await pushImage('multi', undefined);
    const second = await pushImage('multi', undefined);
    const index = await pushIndex('multi', 'all', [first, second]);
    const signature = await pushImage('multi', undefined, { subject: index });
    const ofChild = await pushImage('multi', undefined, { subject: second });

    const report = await migrate();
    expect(report).toMatchObject({ missed: 0, misses: [] });
    expect(report.copied).toMatchObject({ namespaces: 1, manifests: 7, tags: 3, present: 0 });
    expect(report.copied.mounted).toBe(1);
    expect(report.verified).toMatchObject({ tags: 3, manifests: 7 });
    expect((await to.manifestFind(`${namespace}/app`, '1'))?.digest).toBe(plain);
    const moved = await to.manifestGet(`${namespace}/a/b/c`, 'v2');
    expect(moved).toMatchObject({ digest: docker, mediaType: mediaType.dockerManifest });
    expect((await to.manifestFind(`${namespace}/multi`, 'all'))?.digest).toBe(index);
    const referrers = await to.referrerList(`${namespace}/multi`, index);
    expect(referrers.map(({ digest }) => digest)).toEqual([signature]);
    const nested = await to.referrerList(`${namespace}/multi`, second);
    expect(nested.map(({ digest }) => digest)).toEqual([ofChild]);

    const again = await migrate();
    expect(again.copied).toMatchObject({ manifests: 0, tags: 0, blobs: 0, mounted: 0, present: 3 });
    expect(destination.writes()).toEqual([]);
    const withJournal = destination.requests.length;
    await rm(join(directory, 'state.jsonl'));
    const anew = await migrate();
    expect(anew.copied).toMatchObject({ manifests: 0, tags: 0, blobs: 0, mounted: 0, present: 3 });
    expect(destination.writes()).toEqual([]);
    // The journal spares asking for every child.
    expect(withJournal).toBeLessThan(destination.requests.length);
  });

  it('39: goes on after it was stopped in the middle, without sending anything twice', async () => {
    for (const tag of ['1', '2', '3', '4', '5', '6']) await pushImage('app', tag);
    const stop = new AbortController();
    const whole = distribution();
    const source = distribution({
      async *listReferences(...rest) {
        let count = 0;
        for await (const reference of whole.listReferences(...rest)) {
          count += 1;
          if (count === 4) stop.abort(new Error('killed'));
          yield reference;
        }
      },
    });
    await expect(migrate({ source, signal: stop.signal })).rejects.toThrow('killed');
    const report = await migrate();
    expect(report.missed).toBe(0);
    expect(report.copied).toMatchObject({ present: 3, tags: 3, blobs: 6 });
  });

  it('brings what was added to an image that the journal has as done, and what was deleted here', async () => {
    const digest = await pushImage('app', '1');
    await pushImage('app', '2');
    await migrate();
    const signature = await pushImage('app', undefined, { subject: digest });
    await to.manifestDelete(`${namespace}/app`, '2');
    const report = await migrate();
    expect(report).toMatchObject({ missed: 0, copied: { tags: 1 } });
    const referrers = await to.referrerList(`${namespace}/app`, digest);
    expect(referrers.map((one) => one.digest)).toEqual([signature]);
  });

  it('moves a tag that was moved at the source', async () => {
    await pushImage('app', 'latest');
    await migrate();
    const digest = await pushImage('app', 'latest');
    await migrate();
    expect((await to.manifestFind(`${namespace}/app`, 'latest'))?.digest).toBe(digest);
  });

  it('39: lists what cannot be copied, and goes on with the rest', async () => {
    await pushImage('app', '1');
    await pushImage('other', '1');
    const whole = distribution();
    const source = distribution({
      async *listReferences(namespace, repository, signal) {
        yield* whole.listReferences(namespace, repository, signal);
        if (repository === 'app') yield { tag: 'gone' };
      },
    });
    const report = await migrate({ source });
    expect(report.missed).toBe(1);
    expect(report.misses).toEqual([
      { item: `t/${namespace}/app:gone`, reason: 'it is gone from the source' },
    ]);
    expect(report.copied.tags).toBe(2);
  });

  it('does not try the images of a namespace that cannot be made', async () => {
    await pushImage('app', '1');
    destination.ensureNamespace = () => Promise.reject(new AppError('conflict', 'it is taken'));
    const report = await migrate();
    expect(report.misses).toEqual([{ item: `namespace t/${namespace}`, reason: 'it is taken' }]);
    expect(destination.requests).toEqual([]);
  });

  it('sends blobs no faster than it is told', async () => {
    await pushImage('app', '1', { layer: new Uint8Array(randomBytes(200_000)) });
    const began = performance.now();
    await migrate({ limits: { bytesPerSecond: 400_000 } });
    expect(performance.now() - began).toBeGreaterThan(400);
  });
});

describe('charts', () => {
  const archive = Buffer.from('archive');
  const provenance = Buffer.from('provenance');

  function charts(...list: Partial<SourceChart>[]): MigrationSource {
    const group = { tenant: 't', name: 'public', settings: {} };
    return distribution({
      listContents: () => Promise.resolve({ namespaces: [], chartGroups: [group], notes: [] }),
      async *listCharts() {
        for (const chart of list) {
          yield {
            label: 'app-1.0.0',
            digest: undefined,
            archive: () => Promise.resolve(archive),
            provenance: () => Promise.resolve(provenance),
            ...chart,
          };
        }
      },
    });
  }

  it('39: come with their provenance files, and once only', async () => {
    const bytes = Buffer.from('another archive');
    const other = { label: 'app-1.1.0-rc.1', archive: () => Promise.resolve(bytes) };
    const report = await migrate({ source: charts({}, other) });
    expect(report).toMatchObject({ missed: 0, verified: { charts: 2 } });
    expect(destination.charts.get('app-1.0.0')).toEqual({ archive, provenance });
    const again = await migrate({ source: charts({}) });
    expect(again.copied).toMatchObject({ charts: 0, present: 1 });
  });

  it('of which an upload was cut between archive and provenance get the latter', async () => {
    destination.charts.set('app-1.0.0', { archive });
    const report = await migrate({ source: charts({ digest: sha256(archive) }) });
    expect(report.missed).toBe(0);
    expect(destination.charts.get('app-1.0.0')?.provenance).toEqual(provenance);
  });

  it('that the destination has with other bytes are missed, not overwritten', async () => {
    destination.charts.set('app-1.0.0', { archive: Buffer.from('other') });
    const report = await migrate({ source: charts({}) });
    expect(report.misses).toEqual([{ item: 'chart t/public/app-1.0.0', reason: 'it exists' }]);
  });

  it('of imported groups stay where they are', async () => {
    const settings = { importedInfo: { addr: 'https://charts.example' } };
    const source = charts({});
    const imported = {
      ...source,
      listContents: () =>
        Promise.resolve({
          namespaces: [],
          chartGroups: [{ tenant: 't', name: 'foreign', settings }],
          notes: [],
        }),
    };
    const report = await migrate({ source: imported });
    expect(report.copied).toMatchObject({ chartGroups: 1, charts: 0 });
    expect(report.notes).toContain(
      'chart group t/foreign is imported: synchronise it to get its charts',
    );
  });
});

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
