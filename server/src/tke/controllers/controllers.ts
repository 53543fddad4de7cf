import { LRUCache } from 'lru-cache';
import type { KubeObjects, ObjectEvent, ObjectKey, ResourceDefinition } from '../../kube/index.ts';
import type { Background } from '../../lib/index.ts';
import type { SecretBox } from '../../secrets/index.ts';
import type { Log } from '../../telemetry/index.ts';
import type { Names } from '../names.ts';
import type { RegistryProvider } from '../providers/provider.ts';
import type { Containers } from '../resources/containers.ts';
import type { DirtyMark, Driver, FinalizedKind } from '../resources/ports.ts';
import type { Chart, ChartGroup, Namespace, Repository } from '../resources/types.ts';
import { ChartSync } from './chart-sync.ts';
import { ContainerWork } from './container-work.ts';
import { jobsOfEvent } from './event-jobs.ts';
import { ImageSync } from './image-sync.ts';
import { type Job, keyOfJob } from './jobs.ts';
import { type FetchRemote, RemoteCharts } from './remote-charts.ts';
import type { RemoteChart } from './remote-index.ts';
import { ensureSystemGroups, listTenants } from './system-groups.ts';
import { upgradeObjects } from './upgrade.ts';
import { createWorkQueue, type Schedule, type WorkQueue } from './work-queue.ts';

export interface TkeControllersPorts {
  readonly objects: KubeObjects;
  readonly definitions: readonly ResourceDefinition[];
  readonly provider: RegistryProvider;
  readonly names: Names;
  readonly containers: Containers;
  readonly defaultTenant: string;
  readonly systemChartGroups: readonly string[];
  readonly box: SecretBox;
  readonly fetchRemote: FetchRemote;
  readonly background: Background;
  readonly log: Log;
  readonly now?: () => Date;
  readonly schedule?: Schedule;
}

export interface TkeControllers extends Driver {
  /** Hears of changes, and reconciles everything every 60 s from now on. */
  start(): void;
  stop(): Promise<void>;
  /** Asks for a look at everything. */
  reconcile(): Promise<void>;
  /** Resolves when nothing is left that could be done at once. */
  settle(): Promise<void>;
}

const CONCURRENCY = 8;
const RECONCILE_MS = 60_000;
/** Pulls are counted together, once a back end has them: Harbor writes its counts every 10 s. */
const PULLS_MS = 12_000;
/** For each so many tags: all are listed to learn of the pulls, which must not go on all the time. */
const TAGS_PER_WAIT = 1_000;
const MAX_COUNTED = 10_000;
/** How long a request waits for a first attempt. */
const DRIVE_MS = 10_000;

export function createTkeControllers(ports: TkeControllersPorts): TkeControllers {
  return new Controllers(ports);
}

const schedulePlain: Schedule = (ms, work) => {
  const timer = setTimeout(work, ms);
  timer.unref();
  return () => clearTimeout(timer);
};

class Controllers implements TkeControllers {
  readonly #ports: TkeControllersPorts;
  readonly #schedule: Schedule;
  readonly #queue: WorkQueue<Job>;
  readonly #work: ContainerWork;
  readonly #images: ImageSync;
  readonly #charts: ChartSync;
  readonly #remote: RemoteCharts;
  #unsubscribe: (() => void) | undefined;
  /** Of repositories when they were last looked at, by job. */
  readonly #tags = new LRUCache<string, number>({ max: MAX_COUNTED });
  #isUpgraded = false;

  constructor(ports: TkeControllersPorts) {
    const now = ports.now ?? (() => new Date());
    this.#ports = ports;
    this.#schedule = ports.schedule ?? schedulePlain;
    this.#work = new ContainerWork({ ...ports, now });
    this.#images = new ImageSync(ports);
    this.#charts = new ChartSync({ ...ports, now });
    this.#remote = new RemoteCharts(ports);
    this.#queue = createWorkQueue({
      keyOf: keyOfJob,
      run: (job) => this.#run(job),
      onFailure: (job, error, retryInMs) =>
        ports.log.warn({ err: error, job, retryInMs }, 'a TKE object could not be reconciled'),
      concurrency: CONCURRENCY,
      schedule: this.#schedule,
    });
  }

  start(): void {
    this.#unsubscribe ??= this.#ports.objects.subscribe((event) => this.#hear(event));
    this.#ports.background.repeat('tke reconcile', RECONCILE_MS, () => this.reconcile());
  }

  async stop(): Promise<void> {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    await this.#queue.stop();
  }

  settle(): Promise<void> {
    return this.#queue.settle();
  }

  async reconcile(): Promise<void> {
    const { objects, containers } = this.#ports;
    if (!this.#isUpgraded) {
      await upgradeObjects(this.#ports);
      this.#isUpgraded = true;
    }
    for (const tenant of await listTenants(this.#ports)) this.#look({ kind: 'tenant', tenant });
    for (const { metadata, spec } of await objects.list<Namespace>('Namespace')) {
      const { name } = metadata;
      this.#look({ kind: 'container', of: 'Namespace', name });
      this.#look({ kind: 'images', tenant: spec.tenantID, namespace: spec.name });
      this.#look({ kind: 'count', of: 'Namespace', name });
    }
    for (const { metadata, spec } of await objects.list<ChartGroup>('ChartGroup')) {
      const { name } = metadata;
      this.#look({ kind: 'container', of: 'ChartGroup', name });
      this.#look({ kind: 'charts', tenant: spec.tenantID, group: spec.name });
      this.#look({ kind: 'count', of: 'ChartGroup', name });
    }
    await this.#lookForDeleted();
    for (const container of await containers.listUnsettled()) {
      this.#look({ kind: 'settle', container });
    }
  }

  async #lookForDeleted(): Promise<void> {
    for (const kind of ['Repository', 'Chart'] as const) {
      for (const { metadata } of await this.#ports.objects.list<Repository | Chart>(kind)) {
        if (metadata.deletionTimestamp === undefined) continue;
        const { namespace = '', name } = metadata;
        this.#look({ kind: 'content', of: kind, namespace, name });
      }
    }
  }

  /** Leaves what failed to its own pace. */
  #look(job: Job): void {
    this.#queue.add(job, { isPatient: true });
  }

  #hear(event: ObjectEvent): void {
    const { kind, metadata } = event.object;
    if (event.type === 'DELETED' && (kind === 'Namespace' || kind === 'ChartGroup')) {
      this.#work.forget(metadata.uid);
    }
    for (const { job, delayMs } of jobsOfEvent(event)) this.#queue.add(job, { delayMs });
  }

  async #run(job: Job): Promise<number | undefined> {
    switch (job.kind) {
      case 'container':
        return this.#work.run(job.of, job.name);
      case 'content':
        await this.#work.finalizeContent(job.of, job.namespace, job.name);
        return undefined;
      case 'images':
        await this.#images.syncNamespace(job.tenant, job.namespace);
        return undefined;
      case 'image':
        await this.#syncRepository(job);
        return undefined;
      case 'charts':
        await this.#charts.syncByName(job.tenant, job.group);
        return undefined;
      case 'count':
        await this.#work.count(job.of, job.name);
        return undefined;
      case 'tenant':
        await ensureSystemGroups(job.tenant, {
          ...this.#ports,
          establish: (group) => this.#work.establish(group),
        });
        return undefined;
      case 'settle':
        await this.#ports.containers.settle(job.container);
        return undefined;
    }
  }

  async drive(kind: FinalizedKind, { namespace, name }: ObjectKey): Promise<void> {
    const job: Job =
      kind === 'Namespace' || kind === 'ChartGroup'
        ? { kind: 'container', of: kind, name }
        : { kind: 'content', of: kind, namespace, name };
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const callOff = this.#schedule(DRIVE_MS, resolve);
    await Promise.race([this.#queue.attempt(job), late]);
    callOff();
  }

  markDirty(mark: DirtyMark): void {
    const delayMs = mark.isPull === true ? PULLS_MS : 0;
    const { tenant } = mark;
    if (mark.kind === 'image') {
      const { namespace, repository } = mark;
      const job = { kind: 'image', tenant, namespace, repository } as const;
      const tags = delayMs === 0 ? 0 : (this.#tags.get(keyOfJob(job)) ?? 0);
      this.#queue.add(job, { delayMs: delayMs * Math.max(1, Math.ceil(tags / TAGS_PER_WAIT)) });
    } else this.#queue.add({ kind: 'charts', tenant, group: mark.group }, { delayMs });
  }

  async #syncRepository(job: Extract<Job, { kind: 'image' }>): Promise<void> {
    const { tenant, namespace, repository } = job;
    const tags = await this.#images.syncRepository(tenant, namespace, repository);
    this.#tags.set(keyOfJob(job), tags);
  }

  async syncCharts(group: ChartGroup): Promise<void> {
    await this.#charts.syncGroup(group);
    await this.#work.count('ChartGroup', group.metadata.name);
  }

  async syncImported(group: ChartGroup, signal: AbortSignal): Promise<void> {
    const charts = await this.#remote.read(group, signal);
    await this.#charts.put(
      group,
      new Map([...charts].map(([name, chart]) => [name, shown(chart)])),
    );
    await this.#work.count('ChartGroup', group.metadata.name);
  }

  fetchImported(group: ChartGroup, chart: string, version: string, signal: AbortSignal) {
    return this.#remote.fetchArchive(group, chart, version, signal);
  }
}

function shown({ name, versions, keywords }: RemoteChart) {
  return { name, versions, keywords, pullCount: 0 };
}
