import { isDeepStrictEqual } from 'node:util';
import type { KubeObjects } from '../../kube/index.ts';
import { createKeyedMutex } from '../../lib/index.ts';
import type { Names } from '../names.ts';
import type { ProviderRepository, RegistryProvider } from '../providers/provider.ts';
import { presentTime } from '../resources/namespace.resource.ts';
import { REPOSITORY_FINALIZER } from '../resources/repository.resource.ts';
import {
  API_VERSION,
  keys,
  type Namespace,
  type Repository,
  type RepositoryTag,
} from '../resources/types.ts';
import { forEachOf } from './for-each.ts';
import { withPulls } from './pull-count.ts';

export interface ImageSyncPorts {
  readonly objects: KubeObjects;
  readonly provider: RegistryProvider;
  readonly names: Names;
}

const AT_ONCE = 4;

/**
 * Brings Repository objects to what the back end holds. No events are counted here: tags and pulls
 * are what the back end says, so none that is lost or doubled can make them wrong.
 */
export class ImageSync {
  readonly #ports: ImageSyncPorts;
  /** What is read first is not written last. */
  readonly #mutex = createKeyedMutex();

  constructor(ports: ImageSyncPorts) {
    this.#ports = ports;
  }

  /** @throws ProviderError */
  async syncNamespace(tenant: string, name: string): Promise<void> {
    const namespace = await this.#findNamespace(tenant, name);
    if (namespace === undefined) return;
    const { objects, provider } = this.#ports;
    const held = await provider.listRepositories(this.#projectOf(namespace));
    const known = await objects.list<Repository>('Repository', namespace.metadata.name);
    const all = new Set([...held, ...known.map(({ spec }) => spec.name)]);
    await forEachOf(all, AT_ONCE, async (repository) => {
      await this.#sync(namespace, repository);
    });
  }

  /** Gives how many tags it has. @throws ProviderError */
  async syncRepository(tenant: string, name: string, repository: string): Promise<number> {
    const namespace = await this.#findNamespace(tenant, name);
    return namespace === undefined ? 0 : this.#sync(namespace, repository);
  }

  async #findNamespace(tenant: string, name: string): Promise<Namespace | undefined> {
    const key = keys.namespace(tenant, name);
    const namespace = await this.#ports.objects.findUnique<Namespace>('Namespace', key);
    return namespace?.status.phase === 'Available' ? namespace : undefined;
  }

  #projectOf({ spec }: Namespace): string {
    return this.#ports.names.toProject('image', { tenant: spec.tenantID, name: spec.name });
  }

  #sync(namespace: Namespace, repository: string): Promise<number> {
    const { tenantID, name } = namespace.spec;
    const key = keys.repository(tenantID, name, repository);
    return this.#mutex.run(key, async () => {
      const { objects, provider } = this.#ports;
      const held = await provider.describeRepository(this.#projectOf(namespace), repository);
      const known = await objects.findUnique<Repository>('Repository', key);
      const count = held?.tags.length ?? 0;
      if (known?.metadata.deletionTimestamp !== undefined) return count;
      if (held === undefined) await this.#forget(known);
      else if (known === undefined) await this.#create(namespace, repository, held);
      else await this.#update(namespace, known, held);
      return count;
    });
  }

  /** One that the API created and nobody pushed to yet stays. */
  async #forget(known: Repository | undefined): Promise<void> {
    if (known?.status.phase !== 'Available') return;
    const { namespace = '', name, uid } = known.metadata;
    await this.#ports.objects.remove('Repository', { namespace, name }, uid);
  }

  async #create(namespace: Namespace, name: string, held: ProviderRepository): Promise<void> {
    const { tenantID, name: namespaceName, visibility } = namespace.spec;
    const made = await this.#ports.objects.create<Repository>({
      apiVersion: API_VERSION,
      kind: 'Repository',
      metadata: { namespace: namespace.metadata.name },
      spec: { name, tenantID, namespaceName, visibility, finalizers: [REPOSITORY_FINALIZER] },
      status: { phase: 'Available', pullCount: 0, tags: presentTags(held, []) },
    });
    await this.#update(namespace, made, held);
  }

  async #update(namespace: Namespace, known: Repository, held: ProviderRepository): Promise<void> {
    const { namespace: parent = '', name, uid } = known.metadata;
    const { visibility } = namespace.spec;
    const { provider } = this.#ports;
    await this.#ports.objects.change<Repository>(
      'Repository',
      { namespace: parent, name },
      (current) => {
        if (current.metadata.uid !== uid) return current;
        const tags = presentTags(held, current.status.tags);
        const status = { ...current.status, phase: 'Available' as const, tags };
        const isSame =
          current.spec.visibility === visibility && isDeepStrictEqual(current.status, status);
        const next = isSame
          ? current
          : { ...current, spec: { ...current.spec, visibility }, status };
        return withPulls(next, { source: provider.name, count: held.pullCount });
      },
    );
  }
}

/** A tag that is where it was is as old as it was, also in a copy (scenario 40). */
function presentTags({ tags }: ProviderRepository, known: readonly RepositoryTag[]) {
  const before = new Map(known.map((tag) => [tag.name, tag]));
  return tags.map(({ name, digest, createdAt }) => {
    const old = before.get(name);
    return old?.digest === digest ? old : { name, digest, timeCreated: presentTime(createdAt) };
  });
}
