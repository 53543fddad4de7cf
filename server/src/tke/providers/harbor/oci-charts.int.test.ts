import { createRegistryClient } from '@berth/client';
import { digestOf } from '@berth/oci';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ADMIN_PASSWORD } from '../../../../test/registry.ts';
import { CHART_CONFIG, CHART_LAYER } from '../../../helm/index.ts';
import { chartOf, describeChartStore, provenanceOf } from '../charts.contract.ts';
import { openSecondRegistry } from './second-registry.contract.ts';

const hidden = { isPublic: false, adopt: false };
const once = { overwrite: false, actor: { username: 'ann' } };

describeChartStore('a Harbor as OCI artifacts', async () => {
  const { provider, cleanup } = await openSecondRegistry({ charts: 'oci' });
  const createProject = (name: string) => provider.createProject(name, hidden);
  return { store: provider.charts, createProject, cleanup };
});

describe('what others do with charts of the same Harbor', () => {
  let harbor: Awaited<ReturnType<typeof openSecondRegistry>>;
  let client: ReturnType<typeof createRegistryClient>;

  beforeAll(async () => {
    harbor = await openSecondRegistry();
    const account = { username: 'admin', password: ADMIN_PASSWORD };
    client = createRegistryClient({ url: harbor.url, ...account });
  });
  afterAll(() => harbor.cleanup());

  /** As `helm push` does. */
  async function push(
    repository: string,
    tag: string,
    chart: { readonly name: string; readonly version: string },
  ): Promise<Buffer> {
    const archive = chartOf(chart);
    const config = Buffer.from(JSON.stringify({ apiVersion: 'v2', ...chart }));
    const blobs = [config, archive].map((bytes) => new Uint8Array(bytes));
    for (const bytes of blobs) await client.blobPush(repository, digestOf(bytes), bytes);
    const describeBlob = (bytes: Buffer) => ({ digest: digestOf(bytes), size: bytes.length });
    const manifest = {
      schemaVersion: 2,
      config: { mediaType: CHART_CONFIG, ...describeBlob(config) },
      layers: [{ mediaType: CHART_LAYER, ...describeBlob(archive) }],
    };
    await client.manifestPut(
      repository,
      tag,
      new TextEncoder().encode(JSON.stringify(manifest)),
      'application/vnd.oci.image.manifest.v1+json',
    );
    return archive;
  }

  it('shows charts that were pushed with helm, and no other tags of them', async () => {
    const { provider } = harbor;
    await provider.createProject('acme-chart-pushed', hidden);
    const chart = { name: 'web', version: '1.2.3+b' };
    const archive = await push('acme-chart-pushed/web', '1.2.3_b', chart);
    await push('acme-chart-pushed/web', 'latest', chart);
    await push('acme-chart-pushed/nested/web', '1.2.3_b', chart);
    await push('acme-chart-pushed/moved', 'latest', { name: 'moved', version: '1.0.0' });
    await push('acme-chart-pushed/other', '1.2.3_b', chart);
    const { charts } = await provider.charts.list('acme-chart-pushed');
    expect([...charts.keys()]).toEqual(['web']);
    expect(charts.get('web')).toHaveLength(1);
    expect(charts.get('web')?.[0]).toMatchObject({ digest: digestOf(archive) });
  });

  it('B46: leaves an artifact that another tag is at', async () => {
    const { provider } = harbor;
    await provider.createProject('acme-chart-tags', hidden);
    const chart = { name: 'web', version: '1.0.0' };
    await push('acme-chart-tags/web', '1.0.0', chart);
    await push('acme-chart-tags/web', 'stable', chart);
    const { charts } = provider;
    const { actor } = once;
    expect(await charts.deleteVersion('acme-chart-tags', 'web', '1.0.0', actor)).toBe(true);
    const left = await provider.describeRepository('acme-chart-tags', 'web');
    expect(left?.tags.map((tag) => tag.name)).toEqual(['stable']);
  });

  it('leaves no artifact behind that a version was at before', async () => {
    const { provider, db } = harbor;
    await provider.createProject('acme-chart-clean', hidden);
    const { charts } = provider;
    await charts.put('acme-chart-clean', { archive: chartOf({ values: 'a: 1' }) }, once);
    const overwrite = { ...once, overwrite: true };
    await charts.put('acme-chart-clean', { archive: chartOf({ values: 'a: 2' }) }, overwrite);
    await charts.putProvenance('acme-chart-clean', provenanceOf('app', '1.0.0'), once);
    const rows = await db
      .selectFrom('artifact')
      .innerJoin('repository', 'repository.id', 'artifact.repository_id')
      .select('artifact.id')
      .where('repository.name', '=', 'acme-chart-clean/app')
      .execute();
    expect(rows).toHaveLength(1);
  });

  it('keeps the provenance file of an archive that is put again', async () => {
    const { provider } = harbor;
    await provider.createProject('acme-chart-kept', hidden);
    const { charts } = provider;
    const provenance = provenanceOf('app', '1.0.0');
    await charts.put('acme-chart-kept', { archive: chartOf(), provenance }, once);
    const put = { archive: chartOf() };
    const kept = await charts.put('acme-chart-kept', put, { ...once, overwrite: true });
    expect(kept.hasProvenance).toBe(true);
    const changed = { archive: chartOf({ values: 'a: 2' }) };
    const lost = await charts.put('acme-chart-kept', changed, { ...once, overwrite: true });
    expect(lost.hasProvenance).toBe(false);
  });
});
