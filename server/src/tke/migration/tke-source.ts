import { RegistryError } from '@berth/client';
import { z } from 'zod';
import { LIBRARY } from '../names.ts';
import { readCharts } from './chart-reader.ts';
import {
  type Inventory,
  type MigrationSource,
  SHARED,
  type SourceChartGroup,
  type SourceNamespace,
  type SourceReference,
} from './migration-source.ts';
import type { TkeHost } from './tke-host.ts';

const text = z.string().optional().catch(undefined);
const texts = z.array(z.string()).optional().catch(undefined);

/** Both generations of the API; the destination knows what older values mean. */
const namespaceSchema = z.object({
  displayName: text,
  visibility: text,
  type: text,
  projects: texts,
});
const groupSchema = z.object({
  displayName: text,
  visibility: text,
  type: text,
  description: text,
  projects: texts,
  users: texts,
  creator: text,
  importedInfo: z
    .object({ addr: z.string(), username: text, password: text })
    .optional()
    .catch(undefined),
});

/** Another TKE registry, or another Berth that serves TKE's interfaces. */
export function createTkeSource(host: TkeHost): MigrationSource {
  return new TkeSource(host);
}

class TkeSource implements MigrationSource {
  readonly name: string;
  readonly #host: TkeHost;
  /** Objects' own names (`rns-…`) by `tenant/name`. */
  readonly #objectNames = new Map<string, string>();
  readonly #catalogs: Record<string, Promise<readonly string[]>> = {};

  constructor(host: TkeHost) {
    this.name = `tke ${host.url}`;
    this.#host = host;
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#host.open(signal);
    await this.#host.images(this.#host.defaultTenant).ping();
  }

  async listContents(signal: AbortSignal): Promise<Inventory> {
    const namespaces: SourceNamespace[] = [{ tenant: SHARED, name: LIBRARY, settings: {} }];
    for await (const object of this.#host.objects.each('namespaces', signal)) {
      const { tenantID: tenant, name } = object.spec;
      this.#objectNames.set(`${tenant}/${name}`, object.metadata.name);
      namespaces.push({ tenant, name, settings: namespaceSchema.parse(object.spec) });
    }
    const chartGroups: SourceChartGroup[] = [];
    for await (const object of this.#host.objects.each('chartgroups', signal)) {
      const { tenantID: tenant, name } = object.spec;
      chartGroups.push({ tenant, name, settings: groupSchema.parse(object.spec) });
    }
    return { namespaces, chartGroups, notes: [] };
  }

  async *listRepositories(namespace: SourceNamespace, signal: AbortSignal) {
    if (namespace.tenant === SHARED) {
      yield* this.#listShared(signal);
      return;
    }
    const object = this.#objectNames.get(`${namespace.tenant}/${namespace.name}`);
    const names = new Set(await this.#listPushed(namespace, signal));
    const path = `namespaces/${object}/repositories`;
    for await (const { spec } of this.#host.objects.each(path, signal)) names.add(spec.name);
    yield* names;
  }

  /** What was pushed and has no object yet, where the registry tells a tenant its repositories. */
  async #listPushed({ tenant, name }: SourceNamespace, signal: AbortSignal): Promise<string[]> {
    const prefix = `${name}/`;
    this.#catalogs[tenant] ??= this.#readCatalog(tenant, signal);
    const all = await this.#catalogs[tenant];
    return all.filter((one) => one.startsWith(prefix)).map((one) => one.slice(prefix.length));
  }

  async #readCatalog(tenant: string, signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await this.#host.images(tenant).catalogList({ signal });
    } catch (error) {
      // TKE's own answers with 500, or not to everybody.
      if (error instanceof RegistryError) return [];
      throw error;
    }
  }

  async *listReferences(
    namespace: SourceNamespace,
    repository: string,
    signal: AbortSignal,
  ): AsyncGenerator<SourceReference, void, void> {
    const client = this.#host.images(namespace.tenant);
    try {
      const name = `${namespace.name}/${repository}`;
      for await (const tag of client.tagEach(name, { signal })) yield { tag };
    } catch (error) {
      // An object may stand for a repository that has nothing in it.
      if (!(error instanceof RegistryError && error.status === 404)) throw error;
    }
  }

  images(tenant: string) {
    return {
      client: this.#host.images(tenant),
      nameOf: ({ name }: SourceNamespace, repository: string) => `${name}/${repository}`,
    };
  }

  listCharts({ tenant, name }: SourceChartGroup, signal: AbortSignal) {
    return readCharts(this.#host.charts(tenant), `/chart/${name}/`, signal);
  }

  /** No object stands for `library`: its repositories are in the catalog, where that can be read. */
  async *#listShared(signal: AbortSignal) {
    const prefix = `${LIBRARY}/`;
    for await (const name of this.#host.images(SHARED).catalogEach({ signal })) {
      if (name.startsWith(prefix)) yield name.slice(prefix.length);
    }
  }
}
