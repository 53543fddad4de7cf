import { isDeepStrictEqual } from 'node:util';
import type { KubeObjects } from '../../kube/index.ts';
import { createKeyedMutex } from '../../lib/index.ts';
import type { Names } from '../names.ts';
import type { ProviderRepository, RegistryProvider } from '../providers/provider.ts';
import { presentTime } from '../resources/namespace.resource.ts';
import { REPOSITORY_FINALIZER } from '../resources/repository.resource.ts';
import { API_VERSION, keys, type Namespace, type Repository } from '../resources/types.ts';
import { forEachOf } from './for-each.ts';

export interface ImageSyncPorts {
  readonly objects: KubeObjects;
  readonly provider: RegistryProvider;
  readonly names: Names;
}

const AT_ONCE = 4;

/**
 * Brings Repository objects to what the back end holds. Nothing is counted here: tags and pulls
 * are what the back end says, so no lost or doubled event can make them wrong.
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
    await forEachOf(all, AT_ONCE, (repository) => this.#sync(namespace, repository));
  }

  /** @throws ProviderError */
  async syncRepository(tenant: string, name: string, repository: string): Promise<void> {
    const namespace = await this.#findNamespace(tenant, name);
    if (namespace !== undefined) await this.#sync(namespace, repository);
  }

  async #findNamespace(tenant: string, name: string): Promise<Namespace | undefined> {
    const key = keys.namespace(tenant, name);
    const namespace = await this.#ports.objects.findUnique<Namespace>('Namespace', key);
    return namespace?.status.phase === 'Available' ? namespace : undefined;
  }

  #projectOf({ spec }: Namespace): string {
    return this.#ports.names.toProject('image', { tenant: spec.tenantID, name: spec.name });
  }

  #sync(namespace: Namespace, repository: string): Promise<void> {
    const { tenantID, name } = namespace.spec;
    const key = keys.repository(tenantID, name, repository);
    return this.#mutex.run(key, async () => {
      const { objects, provider } = this.#ports;
      const held = await provider.describeRepository(this.#projectOf(namespace), repository);
      const known = await objects.findUnique<Repository>('Repository', key);
      if (known?.metadata.deletionTimestamp !== undefined) return;
      if (held === undefined) return this.#forget(known);
      if (known === undefined) return this.#create(namespace, repository, held);
      await this.#update(namespace, known, held);
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
    await this.#ports.objects.create<Repository>({
      apiVersion: API_VERSION,
      kind: 'Repository',
      metadata: { namespace: namespace.metadata.name },
      spec: { name, tenantID, namespaceName, visibility, finalizers: [REPOSITORY_FINALIZER] },
      status: presentStatus(held),
    });
  }

  async #update(namespace: Namespace, known: Repository, held: ProviderRepository): Promise<void> {
    const { namespace: parent = '', name, uid } = known.metadata;
    const { visibility } = namespace.spec;
    await this.#ports.objects.change<Repository>(
      'Repository',
      { namespace: parent, name },
      (current) => {
        if (current.metadata.uid !== uid) return current;
        const status = { ...current.status, ...presentStatus(held) };
        const isSame =
          current.spec.visibility === visibility && isDeepStrictEqual(current.status, status);
        return isSame ? current : { ...current, spec: { ...current.spec, visibility }, status };
      },
    );
  }
}

function presentStatus({ tags, pullCount }: ProviderRepository) {
  return {
    phase: 'Available' as const,
    pullCount,
    tags: tags.map(({ name, digest, createdAt }) => ({
      name,
      digest,
      timeCreated: presentTime(createdAt),
    })),
  };
}
