import { z } from 'zod';
import { addImage, createDataSet } from '../data.ts';
import { signChart, uploadChart } from '../tke/chart-files.ts';
import { ImageClient } from '../tke/image-client.ts';
import { bodyOf } from '../tke/objects.ts';
import type { TkeWorld } from '../tke/world.ts';
import { createArchives } from './tke-archives.ts';
import type { TkeHints } from './tke-request.ts';

const TENANTS = ['default', 'alpha'] as const;
const ADMIN = { as: 'admin' };
const resources = ['namespaces', 'repositories', 'chartgroups', 'charts', 'members', 'configmaps'];

const listed = z.looseObject({
  metadata: z.looseObject({ continue: z.string().optional() }),
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ name: z.string(), namespace: z.string().default('') }),
    }),
  ),
});

/** People and things that requests are about; those that were taken away are made again. */
export class FuzzedTenants {
  readonly #world: TkeWorld;
  readonly #archives: readonly Buffer[];
  readonly #set = createDataSet();

  private constructor(world: TkeWorld, archives: readonly Buffer[]) {
    this.#world = world;
    this.#archives = archives;
    addImage(this.#set, { layerCount: 1, tags: ['latest'] });
  }

  static async open(world: TkeWorld): Promise<FuzzedTenants> {
    await world.createUser('fuzz-admin');
    await world.createUser('fuzz-viewer');
    return new FuzzedTenants(world, await createArchives());
  }

  async ensure(): Promise<TkeHints> {
    for (const tenantID of TENANTS) {
      await this.#create('namespaces', { name: 'fuzz', tenantID, visibility: 'Public' });
      await this.#create('chartgroups', { name: 'fuzz', tenantID, visibility: 'Public' });
    }
    await this.#create('members', { tenantID: 'default', username: 'fuzz-admin', role: 'admin' });
    await this.#create('members', { tenantID: 'default', username: 'fuzz-viewer', role: 'viewer' });
    await this.#fill();
    return this.#readHints();
  }

  /** What is there stays as it is, unless it was locked or left half made. */
  async #create(resource: string, spec: object): Promise<void> {
    const answer = await this.#world.api(`/${resource}`, {
      ...ADMIN,
      method: 'POST',
      json: bodyOf(resource, spec),
    });
    if (answer.status === 201) return;
    if (answer.status !== 422) throw new Error(`${resource}: ${answer.status} ${answer.text}`);
  }

  /** Contents, as far as nothing was locked. */
  async #fill(): Promise<void> {
    const client = new ImageClient(this.#world, ADMIN);
    await client.push('fuzz/app', this.#set).catch(() => undefined);
    await uploadChart(this.#world, 'fuzz', { name: 'web', version: '1.0.0' });
    await this.#world.call('/apis/auth.tkestack.io/v1/apikeys/default/token', {
      ...ADMIN,
      method: 'POST',
      json: { expire: '1h' },
    });
  }

  async #readHints(): Promise<TkeHints> {
    const objects = new Map<string, { name: string; namespace: string }[]>();
    const documents = new Map<string, object[]>();
    const continues: string[] = [];
    for (const resource of resources) {
      const { json } = await this.#world.api(`/${resource}?limit=40`, ADMIN);
      const { items } = listed.parse(json);
      // Who takes away what the server notes of a project leaves the project to nobody.
      const free = items.filter(({ metadata }) => !metadata.name.startsWith('container-'));
      objects.set(
        resource,
        free.map(({ metadata }) => metadata),
      );
      documents.set(resource, free);
      const page = listed.parse((await this.#world.api(`/${resource}?limit=1`, ADMIN)).json);
      if (page.metadata.continue !== undefined) continues.push(page.metadata.continue);
    }
    const keys = listed.parse(
      (await this.#world.call('/apis/auth.tkestack.io/v1/apikeys', ADMIN)).json,
    );
    return {
      objects,
      documents,
      continues,
      keys: keys.items.map(({ metadata }) => metadata.name),
      digests: [
        ...this.#set.manifests.map(({ descriptor }) => descriptor.digest),
        ...this.#set.blobs.keys(),
      ],
      archives: this.#archives,
      provenance: signChart('web', '1.0.0'),
    };
  }
}

/** A token that pulls and pushes; empty when none is given. */
export async function fetchToken(world: TkeWorld): Promise<string> {
  const { json } = await new ImageClient(world, ADMIN).fetchToken([
    'repository:fuzz/app:pull,push',
  ]);
  const parsed = z.looseObject({ token: z.string() }).safeParse(json);
  return parsed.data?.token ?? '';
}
