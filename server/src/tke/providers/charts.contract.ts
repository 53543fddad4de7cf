import { buffer } from 'node:stream/consumers';
import { digestOf } from '@berth/oci';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { tgzOf } from '../../archives/tar-archive.fixture.ts';
import { type ChartStore, MAX_CHART_BYTES } from '../../helm/index.ts';
import { AppError } from '../../lib/index.ts';

export interface ChartStoreFixture {
  readonly store: ChartStore;
  createProject(name: string): Promise<void>;
  readonly cleanup: () => Promise<void>;
}

export interface ChartSource {
  readonly name?: string;
  readonly version?: string;
  /** Makes the archive another one. */
  readonly values?: string;
  readonly description?: string;
}

/** A packed chart. */
export function chartOf({
  name = 'app',
  version = '1.0.0',
  values = '{}',
  description = 'An app',
}: ChartSource = {}): Buffer {
  const chart = `apiVersion: v2\nname: ${name}\nversion: ${version}\ndescription: ${description}\nappVersion: "1.10"\n`;
  return tgzOf([
    { name: `${name}/Chart.yaml`, content: chart },
    { name: `${name}/values.yaml`, content: values },
  ]);
}

/** What `helm package --sign` writes beside a chart, but for the signature. */
export function provenanceOf(name: string, version: string, note = ''): Buffer {
  const quoted = `apiVersion: v2\nname: ${name}\nversion: ${version}\n`;
  const files = `files:\n  ${name}-${version}.tgz: sha256:${'0'.repeat(64)}\n`;
  return Buffer.from(
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${quoted}\n...\n${files}` +
      `-----BEGIN PGP SIGNATURE-----\n\n${note}=abcd\n-----END PGP SIGNATURE-----\n`,
  );
}

const actor = { username: 'ann' };
const once = { overwrite: false, actor };
const again = { overwrite: true, actor };

async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof AppError) return error.kind;
  throw new TypeError(`expected an AppError, got ${String(error)}`, { cause: error });
}

let count = 0;

/** Holds every chart store to the same behaviour. */
export function describeChartStore(name: string, open: () => Promise<ChartStoreFixture>): void {
  describe(`charts of ${name}`, () => {
    let fixture: ChartStoreFixture;
    let project: string;
    const given = () => ({ store: fixture.store, project });

    beforeAll(async () => {
      fixture = await open();
    });
    afterAll(() => fixture.cleanup());
    beforeEach(async () => {
      count += 1;
      project = `acme-chart-g${count}`;
      await fixture.createProject(project);
    });

    describePuts(given);
    describeProvenance(given);
    describeLists(given);
    describeDeletions(given);
  });
}

type Given = () => { readonly store: ChartStore; readonly project: string };

async function bytesOf(
  { store, project }: ReturnType<Given>,
  name: string,
  version: string,
  part: 'archive' | 'provenance' = 'archive',
): Promise<Buffer | undefined> {
  const file = await store.open(project, name, version, part);
  if (file === undefined) return undefined;
  const bytes = await buffer(file.content);
  expect(file.size).toBe(bytes.length);
  if (file.digest !== undefined) expect(file.digest).toBe(digestOf(bytes));
  return bytes;
}

async function versionsOf({ store, project }: ReturnType<Given>, name = 'app') {
  const { charts } = await store.list(project);
  return charts.get(name)?.map((version) => version.metadata.version);
}

function describePuts(given: Given): void {
  it('keeps a chart as it came, and tells what it is', async () => {
    const { store, project } = given();
    const archive = chartOf();
    const put = await store.put(project, { archive }, once);
    expect(put).toMatchObject({ digest: digestOf(archive), size: archive.length });
    expect(put.hasProvenance).toBe(false);
    expect(await bytesOf(given(), 'app', '1.0.0')).toEqual(archive);
    expect(await bytesOf(given(), 'app', '1.0.0', 'provenance')).toBeUndefined();
    const [listed] = (await store.list(project)).charts.get('app') ?? [];
    expect(listed).toMatchObject({ digest: put.digest, size: put.size, hasProvenance: false });
    expect(listed?.metadata).toMatchObject({
      apiVersion: 'v2',
      name: 'app',
      version: '1.0.0',
      description: 'An app',
      appVersion: '1.10',
    });
    expect(Math.abs(Date.now() - (listed?.createdAt.getTime() ?? 0))).toBeLessThan(600_000);
  });

  it('replaces a version only where that is wanted', async () => {
    const { store, project } = given();
    const [first, second] = [chartOf({ values: 'a: 1' }), chartOf({ values: 'a: 2' })];
    await store.put(project, { archive: first }, once);
    expect(await refusalOf(store.put(project, { archive: second }, once))).toBe('conflict');
    expect(await bytesOf(given(), 'app', '1.0.0')).toEqual(first);
    await store.put(project, { archive: second }, again);
    expect(await bytesOf(given(), 'app', '1.0.0')).toEqual(second);
    const [listed, ...others] = (await store.list(project)).charts.get('app') ?? [];
    expect(listed?.digest).toBe(digestOf(second));
    expect(others).toEqual([]);
  });

  it('lets one of several win that put a version at once', async () => {
    const { store, project } = given();
    const archives = ['1', '2', '3'].map((values) => chartOf({ values: `a: ${values}` }));
    const puts = archives.map((archive) => store.put(project, { archive }, once));
    const settled = await Promise.allSettled(puts);
    const won = settled.findIndex((result) => result.status === 'fulfilled');
    const lost = settled.filter((result) => result.status === 'rejected');
    expect(lost.map(({ reason }) => reason.kind)).toEqual(['conflict', 'conflict']);
    expect(await bytesOf(given(), 'app', '1.0.0')).toEqual(archives[won]);
  });

  it('refuses what is no chart', async () => {
    const { store, project } = given();
    const junk = Buffer.from('junk');
    const nameless = tgzOf([{ name: 'app/Chart.yaml', content: 'version: 1.0.0' }]);
    expect(await refusalOf(store.put(project, { archive: junk }, once))).toBe('invalid');
    expect(await refusalOf(store.put(project, { archive: nameless }, once))).toBe('invalid');
    const large = Buffer.alloc(MAX_CHART_BYTES + 1);
    expect(await refusalOf(store.put(project, { archive: large }, once))).toBe('too-large');
    expect((await store.list(project)).charts.size).toBe(0);
  });

  it('has no charts where there is no project, and takes none', async () => {
    const { store } = given();
    const absent = 'acme-chart-absent';
    expect((await store.list(absent)).charts.size).toBe(0);
    expect(await store.open(absent, 'app', '1.0.0', 'archive')).toBeUndefined();
    expect(await refusalOf(store.put(absent, { archive: chartOf() }, once))).toBe('not-found');
    const provenance = provenanceOf('app', '1.0.0');
    expect(await refusalOf(store.putProvenance(absent, provenance, once))).toBe('not-found');
    expect(await store.deleteVersion(absent, 'app', '1.0.0', actor)).toBe(false);
    expect(await store.deleteChart(absent, 'app', actor)).toBe(false);
    expect(await store.countPulls(absent, 'app')).toBe(0);
  });

  it('opens nothing by a name that leads elsewhere', async () => {
    const { store, project } = given();
    await store.put(project, { archive: chartOf() }, once);
    for (const name of ['..', '../app', 'a/../app', 'app/', '', '%2e%2e', 'app?x', 'APP']) {
      expect(await store.open(project, name, '1.0.0', 'archive')).toBeUndefined();
      expect(await store.open(project, 'app', name, 'archive')).toBeUndefined();
      expect(await store.deleteVersion(project, name, '1.0.0', actor)).toBe(false);
      expect(await store.deleteChart(project, name, actor)).toBe(false);
    }
    expect(await versionsOf(given())).toEqual(['1.0.0']);
  });
}

function describeProvenance(given: Given): void {
  it('keeps a provenance file that comes with its chart', async () => {
    const { store, project } = given();
    const provenance = provenanceOf('app', '1.0.0');
    const put = await store.put(project, { archive: chartOf(), provenance }, once);
    expect(put.hasProvenance).toBe(true);
    expect(await bytesOf(given(), 'app', '1.0.0', 'provenance')).toEqual(provenance);
    const [listed] = (await store.list(project)).charts.get('app') ?? [];
    expect(listed?.hasProvenance).toBe(true);
  });

  it('B29: takes a provenance file of a version that is there, and one only', async () => {
    const { store, project } = given();
    const archive = chartOf({ version: '1.0.0-rc.1' });
    await store.put(project, { archive }, once);
    const [first, second] = ['a', 'b'].map((note) => provenanceOf('app', '1.0.0-rc.1', note));
    if (first === undefined || second === undefined) throw new Error('no files');
    await store.putProvenance(project, first, once);
    expect(await refusalOf(store.putProvenance(project, second, once))).toBe('conflict');
    expect(await bytesOf(given(), 'app', '1.0.0-rc.1', 'provenance')).toEqual(first);
    await store.putProvenance(project, second, again);
    expect(await bytesOf(given(), 'app', '1.0.0-rc.1', 'provenance')).toEqual(second);
    expect(await bytesOf(given(), 'app', '1.0.0-rc.1')).toEqual(archive);
    const versions = (await store.list(project)).charts.get('app');
    expect(versions).toHaveLength(1);
    expect(versions?.[0]?.hasProvenance).toBe(true);
  });

  it('takes none of a version that is not there, and nothing that is none', async () => {
    const { store, project } = given();
    await store.put(project, { archive: chartOf() }, once);
    const other = provenanceOf('app', '1.0.1');
    expect(await refusalOf(store.putProvenance(project, other, once))).toBe('not-found');
    const junk = Buffer.from('junk');
    expect(await refusalOf(store.putProvenance(project, junk, once))).toBe('invalid');
  });
}

function describeLists(given: Given): void {
  it('B30: lists versions newest first, pre-releases and builds among them', async () => {
    const { store, project } = given();
    const versions = ['1.2.0', '1.10.0', '1.0.0-rc.1', '1.0.0', '2.0.0+build.5', '1.0.0-rc.10'];
    for (const version of versions) {
      await store.put(project, { archive: chartOf({ version }) }, once);
    }
    expect(await versionsOf(given())).toEqual([
      '2.0.0+build.5',
      '1.10.0',
      '1.2.0',
      '1.0.0',
      '1.0.0-rc.10',
      '1.0.0-rc.1',
    ]);
    for (const version of ['2.0.0+build.5', '1.0.0-rc.1']) {
      expect(await bytesOf(given(), 'app', version)).toEqual(chartOf({ version }));
    }
  });

  it('lists charts of the project only, and by their own names', async () => {
    const { store, project } = given();
    const names = ['app', 'app-1', 'web'];
    for (const name of names) await store.put(project, { archive: chartOf({ name }) }, once);
    const { charts } = await store.list(project);
    expect([...charts.keys()].toSorted()).toEqual(names);
    expect(await versionsOf(given(), 'app-1')).toEqual(['1.0.0']);
  });

  it('has a revision that changes with the charts and with nothing else', async () => {
    const { store, project } = given();
    const seen: string[] = [(await store.list(project)).revision];
    const note = async () => seen.push((await store.list(project)).revision);
    await store.put(project, { archive: chartOf({ values: 'a: 1' }) }, once);
    await note();
    await store.put(project, { archive: chartOf({ values: 'a: 2' }) }, again);
    await note();
    await store.putProvenance(project, provenanceOf('app', '1.0.0'), once);
    await note();
    await store.put(project, { archive: chartOf({ version: '1.1.0' }) }, once);
    await note();
    await store.deleteVersion(project, 'app', '1.1.0', actor);
    await note();
    expect(seen.filter((revision, index) => revision === seen[index - 1])).toEqual([]);
    const last = seen.at(-1);
    await bytesOf(given(), 'app', '1.0.0');
    expect((await store.list(project)).revision).toBe(last);
  });
}

function describeDeletions(given: Given): void {
  it('B46: deletes one version, and only that', async () => {
    const { store, project } = given();
    for (const version of ['1.0.0', '1.0.0-rc.1', '1.0.0+b']) {
      await store.put(project, { archive: chartOf({ version }) }, once);
    }
    expect(await store.deleteVersion(project, 'app', '1.0.0', actor)).toBe(true);
    expect([...((await versionsOf(given())) ?? [])].toSorted()).toEqual(['1.0.0+b', '1.0.0-rc.1']);
    expect(await bytesOf(given(), 'app', '1.0.0')).toBeUndefined();
    expect(await store.deleteVersion(project, 'app', '1.0.0', actor)).toBe(false);
    await store.put(project, { archive: chartOf() }, once);
    expect(await versionsOf(given())).toHaveLength(3);
  });

  it('deletes a version with its provenance file', async () => {
    const { store, project } = given();
    const provenance = provenanceOf('app', '1.0.0');
    await store.put(project, { archive: chartOf(), provenance }, once);
    expect(await store.deleteVersion(project, 'app', '1.0.0', actor)).toBe(true);
    await store.put(project, { archive: chartOf() }, once);
    expect(await bytesOf(given(), 'app', '1.0.0', 'provenance')).toBeUndefined();
  });

  it('deletes a chart with all its versions, and no other', async () => {
    const { store, project } = given();
    for (const version of ['1.0.0', '2.0.0']) {
      await store.put(project, { archive: chartOf({ version }) }, once);
    }
    await store.put(project, { archive: chartOf({ name: 'app-2' }) }, once);
    expect(await store.deleteChart(project, 'app', actor)).toBe(true);
    expect([...(await store.list(project)).charts.keys()]).toEqual(['app-2']);
    expect(await store.deleteChart(project, 'app', actor)).toBe(false);
  });

  it('lists no chart whose last version is gone', async () => {
    const { store, project } = given();
    await store.put(project, { archive: chartOf() }, once);
    await store.deleteVersion(project, 'app', '1.0.0', actor);
    expect((await store.list(project)).charts.size).toBe(0);
    expect(await store.deleteChart(project, 'app', actor)).toBe(false);
  });
}
