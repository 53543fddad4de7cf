import { isDeepStrictEqual } from 'node:util';
import type { ChartVersion } from '../../helm/index.ts';
import type { KubeObjects } from '../../kube/index.ts';
import { createKeyedMutex } from '../../lib/index.ts';
import type { Names } from '../names.ts';
import type { RegistryProvider } from '../providers/provider.ts';
import { present } from '../resources/bodies.ts';
import { CHART_FINALIZER } from '../resources/chart.resource.ts';
import { presentTime } from '../resources/namespace.resource.ts';
import {
  API_VERSION,
  type Chart,
  type ChartGroup,
  type ChartVersionStatus,
  keys,
} from '../resources/types.ts';
import { withKeywords } from './chart-labels.ts';
import { forEachOf } from './for-each.ts';
import { withPulls } from './pull-count.ts';

/** A chart as it is to be shown. */
export interface ChartState {
  readonly name: string;
  /** Newest first. */
  readonly versions: readonly ChartVersionStatus[];
  readonly keywords: readonly string[];
  readonly pullCount: number;
}

export interface ChartSyncPorts {
  readonly objects: KubeObjects;
  readonly provider: RegistryProvider;
  readonly names: Names;
  readonly now: () => Date;
}

const AT_ONCE = 4;

/** Brings Chart objects to what the back end, or a remote index, holds. */
export class ChartSync {
  readonly #ports: ChartSyncPorts;
  readonly #mutex = createKeyedMutex();

  constructor(ports: ChartSyncPorts) {
    this.#ports = ports;
  }

  /** @throws ProviderError */
  async syncByName(tenant: string, name: string): Promise<void> {
    const key = keys.chartGroup(tenant, name);
    const group = await this.#ports.objects.findUnique<ChartGroup>('ChartGroup', key);
    if (group?.status.phase === 'Available') await this.syncGroup(group);
  }

  /** From the back end; an Imported group has nothing there. @throws ProviderError */
  syncGroup(group: ChartGroup): Promise<void> {
    if (group.spec.type === 'Imported') return this.#follow(group);
    return this.#alone(group, async () => {
      const { provider, names } = this.#ports;
      const { tenantID: tenant, name } = group.spec;
      const project = names.toProject('chart', { tenant, name });
      const { charts } = await provider.charts.list(project);
      const states = new Map<string, ChartState>();
      await forEachOf(charts, AT_ONCE, async ([chart, versions]) => {
        const pullCount = await provider.charts.countPulls(project, chart);
        states.set(chart, presentState(chart, versions, pullCount));
      });
      await this.#apply(group, states);
    });
  }

  /** Creates, changes and prunes (reference B12). */
  put(group: ChartGroup, states: ReadonlyMap<string, ChartState>): Promise<void> {
    return this.#alone(group, () => this.#apply(group, states));
  }

  #alone(group: ChartGroup, work: () => Promise<void>): Promise<void> {
    return this.#mutex.run(group.metadata.uid, work);
  }

  async #apply(group: ChartGroup, states: ReadonlyMap<string, ChartState>): Promise<void> {
    const known = await this.#ports.objects.list<Chart>('Chart', group.metadata.name);
    const byName = new Map(known.map((chart) => [chart.spec.name, chart]));
    await forEachOf(states.values(), AT_ONCE, async (state) => {
      const chart = byName.get(state.name);
      if (chart === undefined) await this.#create(group, state);
      else await this.#update(group, chart, state);
    });
    const gone = known.filter(
      // One that the API created and nobody uploaded yet stays.
      ({ spec, status }) => !states.has(spec.name) && status.versions.length > 0,
    );
    await forEachOf(gone, AT_ONCE, (chart) => this.#forget(chart));
  }

  async #create(group: ChartGroup, state: ChartState): Promise<void> {
    const { tenantID, name: chartGroupName, visibility } = group.spec;
    const labels = withKeywords(undefined, state.keywords);
    const made = await this.#ports.objects.create<Chart>({
      apiVersion: API_VERSION,
      kind: 'Chart',
      metadata: { namespace: group.metadata.name, ...present({ labels }) },
      spec: {
        name: state.name,
        tenantID,
        chartGroupName,
        visibility,
        finalizers: [CHART_FINALIZER],
      },
      status: {
        phase: 'Available',
        lastTransitionTime: presentTime(this.#ports.now()),
        pullCount: 0,
        versions: state.versions,
      },
    });
    await this.#update(group, made, state);
  }

  async #update(group: ChartGroup, chart: Chart, state: ChartState): Promise<void> {
    const { pullCount, versions, keywords } = state;
    await this.#change(chart, (current) => {
      const { labels: old, ...metadata } = current.metadata;
      const labels = withKeywords(old, keywords);
      const next: Chart = {
        ...current,
        metadata: { ...metadata, ...present({ labels }) },
        spec: { ...current.spec, visibility: group.spec.visibility },
        status: { ...current.status, phase: 'Available', versions },
      };
      return withPulls(next, { source: this.#ports.provider.name, count: pullCount });
    });
  }

  /** Of an Imported group between its updates: only who sees them follows. */
  async #follow(group: ChartGroup): Promise<void> {
    const { visibility } = group.spec;
    for (const chart of await this.#ports.objects.list<Chart>('Chart', group.metadata.name)) {
      await this.#change(chart, (current) => ({
        ...current,
        spec: { ...current.spec, visibility },
      }));
    }
  }

  async #change(chart: Chart, change: (current: Chart) => Chart): Promise<void> {
    const { namespace = '', name, uid, deletionTimestamp } = chart.metadata;
    if (deletionTimestamp !== undefined) return;
    await this.#ports.objects.change<Chart>('Chart', { namespace, name }, (current) => {
      const isOther =
        current.metadata.uid !== uid || current.metadata.deletionTimestamp !== undefined;
      if (isOther) return current;
      const next = change(current);
      return isDeepStrictEqual(next, current) ? current : next;
    });
  }

  async #forget({ metadata }: Chart): Promise<void> {
    if (metadata.deletionTimestamp !== undefined) return;
    const { namespace = '', name, uid } = metadata;
    await this.#ports.objects.remove('Chart', { namespace, name }, uid);
  }
}

function presentState(
  name: string,
  versions: readonly ChartVersion[],
  pullCount: number,
): ChartState {
  return {
    name,
    pullCount,
    keywords: versions[0]?.metadata.keywords ?? [],
    versions: versions.map(({ metadata, size, createdAt }) => ({
      version: metadata.version,
      chartSize: size,
      timeCreated: presentTime(createdAt),
      ...present({
        description: metadata.description,
        appVersion: metadata.appVersion,
        icon: metadata.icon,
      }),
    })),
  };
}
