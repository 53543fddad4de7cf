import type { KubeObjects } from '../../kube/index.ts';
import { AppError } from '../../lib/index.ts';
import type { Names } from '../names.ts';
import type { RegistryProvider } from '../providers/provider.ts';
import { present } from '../resources/bodies.ts';
import { chartContainerOf } from '../resources/chart-group.resource.ts';
import type { Containers } from '../resources/containers.ts';
import { containerOf, presentTime } from '../resources/namespace.resource.ts';
import { describeFailure } from '../resources/refusals.ts';
import type { Chart, ChartGroup, Namespace, Repository } from '../resources/types.ts';

export interface ContainerWorkPorts {
  readonly objects: KubeObjects;
  readonly provider: RegistryProvider;
  readonly names: Names;
  readonly containers: Containers;
  readonly now: () => Date;
}

type Owner = Namespace | ChartGroup;
type Conditions =
  | { readonly phase: 'Available' }
  | { readonly phase: 'Failed'; readonly reason: string; readonly message: string };

/** Who deletes on behalf of a deleted object. */
const ACTOR = { username: 'tke-registry-controller' };

/** While it is younger, the request that creates it is at work. */
export const CREATION_MS = 60_000;

/** The life of Namespaces and ChartGroups: made, shown, emptied, gone. */
export class ContainerWork {
  readonly #ports: ContainerWorkPorts;
  /** What the back end was told last; after a start it is told again. */
  readonly #shown = new Map<string, boolean>();

  constructor(ports: ContainerWorkPorts) {
    this.#ports = ports;
  }

  /** Gives milliseconds to wait, or undefined when nothing is left to do. @throws ProviderError */
  async run(of: 'Namespace' | 'ChartGroup', name: string): Promise<number | undefined> {
    const owner = await this.#ports.objects.find<Owner>(of, { namespace: '', name });
    if (owner === undefined) return undefined;
    if (owner.metadata.deletionTimestamp !== undefined) {
      await this.#finalize(owner);
      return undefined;
    }
    if (owner.status.phase === 'Available') {
      await this.#show(owner);
      return undefined;
    }
    const age = this.#ports.now().getTime() - Date.parse(owner.metadata.creationTimestamp);
    if (owner.status.phase === 'Pending' && age < CREATION_MS) return CREATION_MS - age;
    await this.establish(owner);
    return undefined;
  }

  /** Makes the project and says so, or says why not (and it is tried again: B11). */
  async establish(owner: Owner): Promise<void> {
    try {
      await this.#ports.containers.create(asContainer(owner), isPublic(owner));
    } catch (error) {
      await this.#mark(owner, { phase: 'Failed', ...describeFailure(error) });
      throw error;
    }
    this.#shown.set(owner.metadata.uid, isPublic(owner));
    await this.#mark(owner, { phase: 'Available' });
  }

  /** After an event told that it is gone. */
  forget(uid: string): void {
    this.#shown.delete(uid);
  }

  async #show(owner: Owner): Promise<void> {
    const { uid } = owner.metadata;
    await this.#ports.containers.ensure(asContainer(owner), isPublic(owner));
    if (this.#shown.get(uid) === isPublic(owner)) return;
    await this.#ports.containers.setPublic(asContainer(owner), isPublic(owner));
    this.#shown.set(uid, isPublic(owner));
  }

  async #mark(owner: Owner, news: Conditions): Promise<void> {
    const { kind, metadata } = owner;
    const key = { namespace: '', name: metadata.name };
    await this.#ports.objects.change<Owner>(kind, key, (current) => {
      const isOther =
        current.metadata.uid !== metadata.uid || current.metadata.deletionTimestamp !== undefined;
      const isSaid =
        current.status.phase === news.phase &&
        ('message' in news ? current.status.message === news.message : true);
      if (isOther || isSaid) return current;
      return withConditions(current, news, presentTime(this.#ports.now()));
    });
  }

  /** Content first, then the project, then the object (B10); every step can be done again. */
  async #finalize(owner: Owner): Promise<void> {
    if (owner.kind === 'ChartGroup') await this.#removeCharts(owner);
    await this.#ports.containers.remove(asContainer(owner));
    if (owner.kind === 'Namespace') {
      await this.#removeObjects('Repository', owner.metadata.name);
    }
    this.forget(owner.metadata.uid);
    const key = { namespace: '', name: owner.metadata.name };
    await this.#ports.objects.change<Owner>(owner.kind, key, (current) =>
      current.metadata.uid === owner.metadata.uid ? withoutFinalizers(current) : current,
    );
  }

  async #removeCharts(group: ChartGroup): Promise<void> {
    const charts = await this.#ports.objects.list<Chart>('Chart', group.metadata.name);
    for (const chart of charts) await this.#emptyChart(group, chart);
    await this.#removeObjects('Chart', group.metadata.name);
  }

  async #removeObjects(kind: 'Chart' | 'Repository', namespace: string): Promise<void> {
    for (const { metadata } of await this.#ports.objects.list(kind, namespace)) {
      await this.#ports.objects.remove(kind, { namespace, name: metadata.name }, metadata.uid);
    }
  }

  /** The end of a Repository or Chart. @throws ProviderError */
  async finalizeContent(of: 'Repository' | 'Chart', namespace: string, name: string) {
    const { objects } = this.#ports;
    const key = { namespace, name };
    const object = await objects.find<Repository | Chart>(of, key);
    if (object?.metadata.deletionTimestamp === undefined) return;
    const parent = { namespace: '', name: namespace };
    if (object.kind === 'Repository') await this.#emptyRepository(object);
    else {
      const group = await objects.find<ChartGroup>('ChartGroup', parent);
      if (group !== undefined) await this.#emptyChart(group, object);
    }
    await objects.change<Repository | Chart>(of, key, (current) =>
      current.metadata.uid === object.metadata.uid ? withoutFinalizers(current) : current,
    );
  }

  async #emptyRepository({ spec, metadata }: Repository): Promise<void> {
    const { objects, names, provider, containers } = this.#ports;
    const key = { namespace: '', name: metadata.namespace ?? '' };
    const namespace = await objects.find<Namespace>('Namespace', key);
    // Without its namespace there is no project that we could speak of.
    if (namespace === undefined || !(await containers.owns(containerOf(namespace)))) return;
    const { tenantID: tenant, name } = namespace.spec;
    await provider.deleteRepository(names.toProject('image', { tenant, name }), spec.name);
  }

  async #emptyChart(group: ChartGroup, { spec }: Chart): Promise<void> {
    const { names, provider, containers } = this.#ports;
    if (group.spec.type === 'Imported') return;
    if (!(await containers.owns(chartContainerOf(group)))) return;
    const { tenantID: tenant, name } = group.spec;
    try {
      await provider.charts.deleteChart(
        names.toProject('chart', { tenant, name }),
        spec.name,
        ACTOR,
      );
    } catch (error) {
      const isGone = error instanceof AppError && error.kind === 'not-found';
      if (!isGone) throw error;
    }
  }

  /** Writes how many objects the container has, whoever made them (B24). */
  async count(of: 'Namespace' | 'ChartGroup', name: string): Promise<void> {
    const { objects } = this.#ports;
    const content = of === 'Namespace' ? 'Repository' : 'Chart';
    const { length } = await objects.list(content, name);
    await objects.change<Owner>(of, { namespace: '', name }, (current) => {
      if (current.kind === 'Namespace') {
        if (current.status.repoCount === length) return current;
        return { ...current, status: { ...current.status, repoCount: length } };
      }
      if (current.status.chartCount === length) return current;
      return { ...current, status: { ...current.status, chartCount: length } };
    });
  }
}

function asContainer(owner: Owner) {
  return owner.kind === 'Namespace' ? containerOf(owner) : chartContainerOf(owner);
}

function isPublic({ spec }: Owner): boolean {
  return spec.visibility === 'Public';
}

function withConditions(owner: Owner, news: Conditions, lastTransitionTime: string): Owner {
  if (owner.kind === 'Namespace') {
    const { reason: _, message: __, ...status } = owner.status;
    return { ...owner, status: { ...status, ...news, lastTransitionTime } };
  }
  const { reason: _, message: __, ...status } = owner.status;
  return { ...owner, status: { ...status, ...news, lastTransitionTime } };
}

function withoutFinalizers<T extends Owner | Repository | Chart>(object: T): T {
  return { ...object, spec: { ...object.spec, ...present({ finalizers: [] }) } };
}
