import { type RegistryClient, RegistryError } from '@berth/client';
import { AppError } from '../../lib/index.ts';
import type { ChartDirectory } from './chart-directory.ts';
import { readCharts } from './chart-reader.ts';
import { type NameRules, type SortedNames, sortNames } from './distribution-names.ts';
import type { HttpApi } from './http-api.ts';
import {
  type Inventory,
  type MigrationSource,
  SHARED,
  type SourceChartGroup,
  type SourceNamespace,
  type SourceReference,
} from './migration-source.ts';

export type DistributionCharts =
  | { readonly kind: 'none' }
  | { readonly kind: 'directory'; readonly directory: ChartDirectory }
  | {
      readonly kind: 'chartmuseum';
      readonly api: HttpApi;
      /** Path of its root with a slash at the end; `{tenant}/{group}/` follows. */
      readonly base: string;
      /** It cannot list them: `tenant/group`. */
      readonly groups: readonly string[];
    };

export interface DistributionSourcePorts {
  readonly url: string;
  readonly client: RegistryClient;
  readonly rules: NameRules;
  readonly charts: DistributionCharts;
  /** Of namespaces, which a plain registry does not know. */
  readonly visibility: 'Public' | 'Private';
}

/**
 * A plain registry, as TKE's built-in mode fills it, with a ChartMuseum or a directory beside.
 * Untagged manifests are found as children of indexes and as referrers only: it has no list.
 */
export function createDistributionSource(ports: DistributionSourcePorts): MigrationSource {
  return new DistributionSource(ports);
}

class DistributionSource implements MigrationSource {
  readonly name: string;
  readonly #ports: DistributionSourcePorts;
  #names: SortedNames | undefined;

  constructor(ports: DistributionSourcePorts) {
    this.name = `distribution ${ports.url}`;
    this.#ports = ports;
  }

  async check(): Promise<void> {
    await this.#ports.client.ping();
  }

  async listContents(signal: AbortSignal): Promise<Inventory> {
    const { namespaces, others } = await this.#sortNames(signal);
    const settings = { visibility: this.#ports.visibility };
    return {
      namespaces: [...namespaces.values()].map(({ tenant, namespace }) => ({
        tenant,
        name: namespace,
        settings: tenant === SHARED ? {} : settings,
      })),
      chartGroups: await this.#listGroups(),
      notes: others.map((name) => `${name} at the source is of no tenant, and was left out`),
    };
  }

  async *listRepositories(namespace: SourceNamespace, signal: AbortSignal) {
    const { namespaces } = await this.#sortNames(signal);
    yield* namespaces.get(`${namespace.tenant}/${namespace.name}`)?.repositories ?? [];
  }

  async *listReferences(
    namespace: SourceNamespace,
    repository: string,
    signal: AbortSignal,
  ): AsyncGenerator<SourceReference, void, void> {
    try {
      const tags = this.#ports.client.tagEach(storedName(namespace, repository), { signal });
      for await (const tag of tags) yield { tag };
    } catch (error) {
      // Distribution keeps a repository in its catalog after its last manifest was deleted.
      if (!(error instanceof RegistryError && error.status === 404)) throw error;
    }
  }

  images() {
    return { client: this.#ports.client, nameOf: storedName };
  }

  async *listCharts(group: SourceChartGroup, signal: AbortSignal) {
    const { charts } = this.#ports;
    if (charts.kind === 'directory') yield* charts.directory.list(group);
    if (charts.kind !== 'chartmuseum') return;
    yield* readCharts(charts.api, `${charts.base}${group.tenant}/${group.name}/`, signal);
  }

  async #sortNames(signal: AbortSignal): Promise<SortedNames> {
    if (this.#names !== undefined) return this.#names;
    const names: string[] = [];
    for await (const name of this.#ports.client.catalogEach({ signal })) names.push(name);
    this.#names = sortNames(names, this.#ports.rules);
    return this.#names;
  }

  async #listGroups(): Promise<readonly SourceChartGroup[]> {
    const { charts } = this.#ports;
    if (charts.kind === 'directory') return charts.directory.listGroups();
    return charts.kind === 'none' ? [] : charts.groups.map(parseGroup);
  }
}

function storedName({ tenant, name }: SourceNamespace, repository: string): string {
  return tenant === SHARED ? `${name}/${repository}` : `${tenant}-${name}/${repository}`;
}

function parseGroup(text: string): SourceChartGroup {
  const [tenant, name, ...rest] = text.split('/');
  if (!tenant || !name || rest.length > 0) {
    throw new AppError('invalid', `${text} is no chart group, which is written tenant/group`);
  }
  return { tenant, name, settings: {} };
}
