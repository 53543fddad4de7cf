import type { RegistryClient } from '@berth/client';
import { findDigest } from '@berth/oci';
import { z } from 'zod';
import { AppError } from '../../lib/index.ts';
import { LIBRARY, type Names } from '../names.ts';
import { readCharts } from './chart-reader.ts';
import type { HttpApi } from './http-api.ts';
import {
  type Inventory,
  type MigrationSource,
  SHARED,
  type SourceChartGroup,
  type SourceNamespace,
  type SourceReference,
} from './migration-source.ts';
import { readOciCharts } from './oci-charts.ts';

export interface HarborSourcePorts {
  readonly url: string;
  readonly api: HttpApi;
  readonly client: RegistryClient;
  readonly names: Pick<Names, 'fromProject' | 'toProject'>;
}

const PAGE = 100;

const projectSchema = z.object({
  name: z.string(),
  metadata: z.object({ public: z.string().optional() }).nullish(),
});
const repositorySchema = z.object({ name: z.string() });
const artifactSchema = z.object({
  digest: z.string(),
  size: z.number().optional(),
  tags: z.array(z.object({ name: z.string() })).nullish(),
});
const systemSchema = z.object({
  harbor_version: z.string().optional(),
  with_chartmuseum: z.boolean().optional(),
});

/** A Harbor whose projects are named as TKE names them: `{tenant}-image-{name}`, `{tenant}-chart-{name}`. */
export function createHarborSource(ports: HarborSourcePorts): MigrationSource {
  return new HarborSource(ports);
}

class HarborSource implements MigrationSource {
  readonly name: string;
  readonly #ports: HarborSourcePorts;
  #hasChartMuseum: boolean | undefined;

  constructor(ports: HarborSourcePorts) {
    this.name = `harbor ${ports.url}`;
    this.#ports = ports;
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#ports.api.getJson('/api/v2.0/users/current', z.object({}), signal);
    await this.#ports.client.ping();
  }

  async listContents(signal: AbortSignal): Promise<Inventory> {
    const namespaces: SourceNamespace[] = [];
    const chartGroups: SourceChartGroup[] = [];
    let foreign = 0;
    for await (const { name: project, metadata } of this.#each('projects', projectSchema, signal)) {
      const isPublic = metadata?.public === 'true';
      const ours = this.#ports.names.fromProject(project);
      if (project === LIBRARY) namespaces.push({ tenant: SHARED, name: LIBRARY, settings: {} });
      else if (ours === undefined) foreign += 1;
      else if (ours.kind === 'image') {
        const settings = { visibility: isPublic ? 'Public' : 'Private' } as const;
        namespaces.push({ tenant: ours.tenant, name: ours.name, settings });
      } else {
        const settings = { visibility: isPublic ? 'Public' : 'User' } as const;
        chartGroups.push({ tenant: ours.tenant, name: ours.name, settings });
      }
    }
    const notes = foreign === 0 ? [] : [`${foreign} projects of the source are no tenant's`];
    return { namespaces, chartGroups, notes };
  }

  async *listRepositories(namespace: SourceNamespace, signal: AbortSignal) {
    const project = this.#projectOf(namespace);
    const path = `projects/${project}/repositories`;
    for await (const { name } of this.#each(path, repositorySchema, signal)) {
      yield name.slice(project.length + 1);
    }
  }

  async *listReferences(
    namespace: SourceNamespace,
    repository: string,
    signal: AbortSignal,
  ): AsyncGenerator<SourceReference, void, void> {
    const project = this.#projectOf(namespace);
    // Harbor's routes need a nested name encoded twice.
    const encoded = encodeURIComponent(encodeURIComponent(repository));
    const path = `projects/${project}/repositories/${encoded}/artifacts`;
    for await (const { digest: text, size, tags } of this.#each(path, artifactSchema, signal)) {
      const digest = findDigest(text);
      if (digest === undefined) throw new AppError('invalid', `${path}: ${text} is no digest`);
      const known = { digest, ...(size !== undefined && { size }) };
      const [first, ...others] = tags ?? [];
      if (first === undefined) yield known;
      else yield { tag: first.name, ...known };
      // Its bytes are counted once.
      for (const { name } of others) yield { tag: name, digest };
    }
  }

  images() {
    return {
      client: this.#ports.client,
      nameOf: (namespace: SourceNamespace, repository: string) =>
        `${this.#projectOf(namespace)}/${repository}`,
    };
  }

  async *listCharts(group: SourceChartGroup, signal: AbortSignal) {
    const { api, client, names } = this.#ports;
    const project = names.toProject('chart', group);
    this.#hasChartMuseum ??=
      (await api.getJson('/api/v2.0/systeminfo', systemSchema, signal)).with_chartmuseum ?? false;
    if (this.#hasChartMuseum) yield* readCharts(api, `/chartrepo/${project}/`, signal);
    else {
      const path = `projects/${project}/repositories`;
      for await (const { name } of this.#each(path, repositorySchema, signal)) {
        yield* readOciCharts(client, name, signal);
      }
    }
  }

  #projectOf({ tenant, name }: SourceNamespace): string {
    return tenant === SHARED ? name : this.#ports.names.toProject('image', { tenant, name });
  }

  /** All items of a paged list. */
  async *#each<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal) {
    for (let page = 1; ; page += 1) {
      const items = await this.#ports.api.getJson(
        `/api/v2.0/${path}?page=${page}&page_size=${PAGE}`,
        z.array(schema),
        signal,
      );
      yield* items;
      if (items.length < PAGE) return;
    }
  }
}
