import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createEgress } from '../../../egress/index.ts';
import { createChartReader } from '../../../helm/index.ts';
import { chartOf, describeChartStore } from '../charts.contract.ts';
import { startChartMuseumStub } from './chartmuseum-stub.fixture.ts';
import { harborConfiguration } from './configuration.fixture.ts';
import { createHarborProvider } from './harbor-provider.ts';
import { openSecondRegistry } from './second-registry.contract.ts';

const hidden = { isPublic: false, adopt: false };
const once = { overwrite: false, actor: { username: 'ann' } };

async function openMuseum() {
  const stub = await startChartMuseumStub();
  const reader = createChartReader();
  const open = () =>
    createHarborProvider({
      egress: createEgress(),
      configuration: harborConfiguration(stub.url, { charts: 'chartmuseum' }),
      reader,
    });
  const cleanup = async () => {
    await reader.close();
    await stub.close();
  };
  return { stub, open, cleanup };
}

describeChartStore("a Harbor's ChartMuseum", async () => {
  const { open, cleanup } = await openMuseum();
  const provider = open();
  const createProject = (name: string) => provider.createProject(name, hidden);
  return { store: provider.charts, createProject, cleanup };
});

describeChartStore('a second registry, as ChartMuseum has them', async () => {
  const { provider, cleanup } = await openSecondRegistry({ charts: 'chartmuseum' });
  const createProject = (name: string) => provider.createProject(name, hidden);
  return { store: provider.charts, createProject, cleanup };
});

describe("a Harbor's ChartMuseum", () => {
  let museum: Awaited<ReturnType<typeof openMuseum>>;
  beforeAll(async () => {
    museum = await openMuseum();
  });
  afterAll(() => museum.cleanup());

  it('is asked for files once, and then only whether its index has changed', async () => {
    const provider = museum.open();
    await provider.createProject('acme-chart-seen', hidden);
    for (const version of ['1.0.0', '2.0.0']) {
      await provider.charts.put('acme-chart-seen', { archive: chartOf({ version }) }, once);
    }
    // One that has seen nothing of it.
    const { charts } = museum.open();
    const first = await charts.list('acme-chart-seen');
    expect(first.charts.get('app')?.[0]?.size).toBe(chartOf({ version: '2.0.0' }).length);
    const before = museum.stub.calls.length;
    expect(await charts.list('acme-chart-seen')).toEqual(first);
    expect(museum.stub.calls.slice(before)).toEqual(['GET /chartrepo/acme-chart-seen/index.yaml']);
  });

  it('keeps a project from being deleted by its charts, which are deleted first', async () => {
    const provider = museum.open();
    await provider.createProject('acme-chart-gone', hidden);
    for (const name of ['app', 'web']) {
      await provider.charts.put('acme-chart-gone', { archive: chartOf({ name }) }, once);
    }
    await provider.deleteProject('acme-chart-gone');
    expect(await provider.hasProject('acme-chart-gone')).toBe(false);
  });

  it('has an index so large that it is read in a thread of its own', async () => {
    const provider = museum.open();
    await provider.createProject('acme-chart-large', hidden);
    const description = 'x'.repeat(90_000);
    await provider.charts.put('acme-chart-large', { archive: chartOf({ description }) }, once);
    const { charts } = await provider.charts.list('acme-chart-large');
    expect(charts.get('app')?.[0]?.metadata.description).toBe(description);
  });
});
