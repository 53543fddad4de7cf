import { randomBytes } from 'node:crypto';
import { createDatabase, type Database, openPool } from '../src/db/index.ts';
import {
  createInformer,
  createKubeObjects,
  type KubeCaller,
  type KubeObject,
  type KubeStore,
  type ObjectKey,
  type ResourceDefinition,
} from '../src/kube/index.ts';
import { presentObject } from '../src/kube/object-body.ts';
import { ObjectDeleter } from '../src/kube/object-deleter.ts';
import { ObjectWriter } from '../src/kube/object-writer.ts';
import { createSelection } from '../src/kube/selection.ts';
import { createBackground } from '../src/lib/index.ts';
import { createSecretBox } from '../src/secrets/index.ts';
import { createTkeControllers, type TkeControllers } from '../src/tke/controllers/controllers.ts';
import { MemoryBackend } from '../src/tke/controllers/memory-backend.fixture.ts';
import type { FetchRemote, RemoteRequest } from '../src/tke/controllers/remote-charts.ts';
import { createNames } from '../src/tke/names.ts';
import { Containers } from '../src/tke/resources/containers.ts';
import { createTkeResources } from '../src/tke/resources/resources.ts';
import {
  type Chart,
  type ChartGroup,
  keys,
  type Member,
  type Namespace,
  type Repository,
} from '../src/tke/resources/types.ts';
import { createTestDatabase } from './database.ts';
import { quietLog } from './log.ts';

export interface StandOptions {
  readonly adopt?: boolean;
  readonly systemChartGroups?: readonly string[];
}

/** Timers that go off when the test says so. */
export class TestTimers {
  readonly #pending = new Set<{ readonly ms: number; readonly work: () => void }>();

  readonly schedule = (ms: number, work: () => void) => {
    const timer = { ms, work };
    this.#pending.add(timer);
    return () => void this.#pending.delete(timer);
  };

  get delays(): readonly number[] {
    return [...this.#pending].map(({ ms }) => ms);
  }

  /** Those of up to so many milliseconds. */
  fire(upTo = Number.POSITIVE_INFINITY): void {
    for (const timer of this.#pending) {
      if (timer.ms > upTo || !this.#pending.delete(timer)) continue;
      timer.work();
    }
  }
}

export function callerOf(options: Partial<KubeCaller> = {}): KubeCaller {
  const username = options.username ?? 'ann';
  return {
    principal: { kind: 'user', id: 1, username, isAdmin: false, groupIds: [] },
    username,
    tenantId: 'default',
    isPrivileged: false,
    role: 'member',
    projects: new Map(),
    ...options,
  };
}

export const superAdmin = callerOf({
  username: 'root',
  tenantId: undefined,
  isPrivileged: true,
  role: undefined,
});

/** Resources and controllers on a database of their own, before a back end in memory. */
export async function createStand(options: StandOptions = {}): Promise<Stand> {
  const database = await createTestDatabase();
  const db = createDatabase(
    openPool({ connection: database.connection, poolSize: 4, log: quietLog }),
  );
  return new Stand(options, db, () => database.drop());
}

interface ConnectRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Record<string, string>;
  readonly caller: KubeCaller;
}

/** A definition's own objects: the test knows which kind it asked for. */
type Kinds = {
  Namespace: Namespace;
  Repository: Repository;
  ChartGroup: ChartGroup;
  Chart: Chart;
  Member: Member;
};

export class Stand {
  readonly backend = new MemoryBackend();
  readonly names = createNames();
  readonly box = createSecretBox({ key: randomBytes(32) });
  readonly timers = new TestTimers();
  readonly time = { now: new Date('2026-11-21T12:00:00Z') };
  readonly remote: { answer: FetchRemote; readonly asked: RemoteRequest[] } = {
    answer: () => Promise.reject(new Error('nothing is there')),
    asked: [],
  };
  readonly objects: KubeStore;
  readonly containers: Containers;
  readonly controllers: TkeControllers;
  readonly #background = createBackground(quietLog);
  readonly #writer: ObjectWriter;
  readonly #deleter: ObjectDeleter;
  readonly #db: Database;
  readonly #drop: () => Promise<void>;

  constructor(options: StandOptions, db: Database, drop: () => Promise<void>) {
    this.#db = db;
    this.#drop = drop;
    this.objects = createKubeObjects({ db, log: quietLog, definitions: () => definitions });
    const common = { names: this.names, provider: this.backend, box: this.box };
    const objects = () => this.objects;
    this.containers = new Containers({ ...common, adopt: options.adopt ?? false, objects });
    const definitions = this.#createDefinitions(common);
    this.controllers = createTkeControllers({
      ...common,
      objects: this.objects,
      definitions,
      containers: this.containers,
      defaultTenant: 'default',
      systemChartGroups: options.systemChartGroups ?? [],
      fetchRemote: (request) => {
        this.remote.asked.push(request);
        return this.remote.answer(request);
      },
      background: this.#background,
      log: quietLog,
      now: () => this.time.now,
      schedule: this.timers.schedule,
    });
    this.#writer = new ObjectWriter(this.objects);
    this.#deleter = new ObjectDeleter(this.objects, quietLog);
  }

  #createDefinitions(common: Pick<Stand, 'names' | 'box'> & { provider: MemoryBackend }) {
    const groups = createInformer<ChartGroup>(this.objects, 'ChartGroup', ({ spec }) =>
      keys.chartGroup(spec.tenantID, spec.name),
    );
    return createTkeResources({
      ...common,
      findUserId: () => Promise.resolve(1),
      defaultTenant: 'default',
      containers: this.containers,
      objects: () => this.objects,
      chartGroups: () => groups,
      driver: () => this.controllers,
      readChart: (archive) =>
        Promise.resolve({
          readme: { 'README.md': `# ${Buffer.from(archive).toString()}` },
          values: { 'values.yaml': 'a: 1' },
          rawFiles: { 'Chart.yaml': 'name: x' },
        }),
      now: () => this.time.now,
    });
  }

  /** As POST does. */
  async create<K extends keyof Kinds>(
    kind: K,
    body: object,
    caller = callerOf(),
    namespace = '',
  ): Promise<Kinds[K]> {
    const call = this.#callFor(kind, { namespace, name: '' }, caller);
    return ofKind(kind, (await this.#writer.create(call, body)).object);
  }

  /** As PUT does, of a sub-resource or of the object. */
  async update<T extends KubeObject>(object: T, caller = callerOf(), subresource = '') {
    const call = this.#callFor(object.kind, keyOf(object), caller, subresource);
    return likeThat(object, (await this.#writer.update(call, object)).object);
  }

  /** As a merge patch does. */
  async patch<T extends KubeObject>(object: T, patch: object, caller = callerOf()) {
    const call = this.#callFor(object.kind, keyOf(object), caller);
    return likeThat(object, (await this.#writer.patch(call, 'merge', patch)).object);
  }

  delete(object: KubeObject, caller = callerOf()): Promise<KubeObject> {
    return this.#deleter.delete({
      definition: this.#definitionOf(object.kind),
      key: keyOf(object),
      caller,
      admit: admitAll,
      options: { uid: undefined, resourceVersion: undefined, isDryRun: false },
    });
  }

  /** As GET of a collection does. */
  async list<K extends keyof Kinds>(kind: K, fieldSelector = '', caller = callerOf()) {
    const selection = await createSelection(this.#definitionOf(kind), caller, {
      namespace: '',
      name: '',
      labelSelector: '',
      fieldSelector,
      fuzzy: undefined,
    });
    const all = await this.objects.list<Kinds[K]>(kind);
    return all.filter((object) => selection.matches(object));
  }

  find<T extends KubeObject>(object: T): Promise<T | undefined> {
    return this.objects.find<T>(object.kind, keyOf(object));
  }

  /** As callers see it. */
  show(object: KubeObject): KubeObject {
    return presentObject(this.#definitionOf(object.kind), object);
  }

  connect(object: KubeObject, name: string, request: Partial<ConnectRequest> = {}) {
    const { connects } = this.#definitionOf(object.kind);
    const connect = connects.find((each) => each.name === name);
    if (connect === undefined) throw new Error(`no ${name}`);
    return connect.handle({
      method: request.method ?? 'GET',
      object,
      path: request.path ?? '',
      query: new URLSearchParams(request.query),
      caller: request.caller ?? callerOf(),
      signal: new AbortController().signal,
    });
  }

  /** Looks at everything and does what there is to do. */
  async reconcile(): Promise<void> {
    await this.controllers.reconcile();
    await this.controllers.settle();
  }

  async close(): Promise<void> {
    await this.controllers.stop();
    await this.#background.stop();
    await this.#db.destroy();
    await this.#drop();
  }

  #definitionOf(kind: string): ResourceDefinition {
    return this.objects.definitions.getKind(kind);
  }

  #callFor(kind: string, key: ObjectKey, caller: KubeCaller, subresource = '') {
    const definition = this.#definitionOf(kind);
    const how = { isDryRun: false, manager: 'test', validation: 'Warn' } as const;
    return { definition, key, subresource, caller, admit: admitAll, ...how };
  }
}

/** What callers may do is not what is tried here. */
function admitAll(): Promise<void> {
  return Promise.resolve();
}

function keyOf({ metadata }: KubeObject): ObjectKey {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

function ofKind<K extends keyof Kinds>(_kind: K, object: KubeObject): Kinds[K] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was stored as that kind
  return object as Kinds[K];
}

function likeThat<T extends KubeObject>(_before: T, object: KubeObject): T {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is the same object
  return object as T;
}
