import { randomUUID } from 'node:crypto';
import type { Database } from '../db/index.ts';
import type { Log } from '../telemetry/index.ts';
import { asKind } from './as-kind.ts';
import { ChangeFeed, type FeedListener } from './change-feed.ts';
import { createDefinitionSet, type DefinitionSet } from './definition-set.ts';
import {
  type Clock,
  KubeObjectRepository,
  type LoggedChange,
  type Page,
  type PageRequest,
} from './kube-object.repository.ts';
import type { KubeObject, ObjectKey } from './object.ts';
import { makeName } from './object-names.ts';
import type { KubeObjects, NewObject, ObjectEvent } from './objects.ts';
import type { ResourceDefinition } from './resource.ts';
import { alreadyExists } from './status-errors.ts';

export const KUBE_CHANNEL = 'berth_kube';

export interface KubeObjectsPorts {
  readonly db: Database;
  /** Asked for on first use, since definitions may need the objects themselves. */
  readonly definitions: () => readonly ResourceDefinition[];
  readonly log: Log;
}

/** What the API and replicas need beside what the server's own parts use. */
export interface KubeStore extends KubeObjects {
  readonly definitions: DefinitionSet;
  /** Raised when changes were missed; whoever keeps a copy reads everything again. */
  onReset(listener: () => void): () => void;
  listen(listener: FeedListener): () => void;
  /** Tells listeners of everything committed until now, by whatever replica. */
  pull(): Promise<void>;
  page(kind: string, request: PageRequest): Promise<Page>;
  count(kind: string, request: PageRequest): Promise<number>;
  clock(): Promise<Clock>;
  changesAfter(
    version: number,
    limit: number,
    only?: { readonly kind?: string; readonly upTo?: number },
  ): Promise<readonly LoggedChange[]>;
  /** Forgets old changes of the log. */
  trim(maxAgeMs: number, keep: number): Promise<number>;
  /** Stores a complete object as new. @throws StatusError 409 AlreadyExists */
  insert(object: KubeObject): Promise<KubeObject>;
  /**
   * Stores `next` if the object is still `previous`, with a new version; removes it instead when
   * it is deleting and has no finalizer left. Undefined: it changed meanwhile.
   * @throws StatusError 409 AlreadyExists for the unique key
   */
  replace(previous: KubeObject, next: KubeObject): Promise<KubeObject | undefined>;
  /** Removes the object if it is still so. */
  erase(object: KubeObject): Promise<KubeObject | undefined>;
}

/** Objects in PostgreSQL. */
export function createKubeObjects(ports: KubeObjectsPorts): KubeStore {
  return new PostgresObjects(ports);
}

export function keyOf({ metadata }: KubeObject): ObjectKey {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

/** Kubernetes' own finalizers, and those of the kind. */
export function finalizersOf(
  definition: ResourceDefinition,
  object: KubeObject,
): readonly string[] {
  return [...(object.metadata.finalizers ?? []), ...definition.finalizersOf(object)];
}

/** Now, as metadata has it: RFC 3339 in UTC, seconds. */
export function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

const NAME_ATTEMPTS = 5;
const CHANGE_ATTEMPTS = 20;

class PostgresObjects implements KubeStore {
  readonly #repository: KubeObjectRepository;
  readonly #feed: ChangeFeed;
  readonly #log: Log;
  readonly #listDefinitions: () => readonly ResourceDefinition[];
  #definitions: DefinitionSet | undefined;

  constructor({ db, definitions, log }: KubeObjectsPorts) {
    this.#repository = new KubeObjectRepository(db);
    this.#feed = new ChangeFeed(this.#repository, log);
    this.#listDefinitions = definitions;
    this.#log = log;
  }

  get definitions(): DefinitionSet {
    this.#definitions ??= createDefinitionSet(this.#listDefinitions());
    return this.#definitions;
  }

  async find<T extends KubeObject>(kind: string, key: ObjectKey): Promise<T | undefined> {
    const object = await this.#repository.find(kind, key);
    return object === undefined ? undefined : asKind<T>(object);
  }

  async findUnique<T extends KubeObject>(kind: string, uniqueKey: string): Promise<T | undefined> {
    const object = await this.#repository.findUnique(kind, uniqueKey);
    return object === undefined ? undefined : asKind<T>(object);
  }

  async list<T extends KubeObject>(kind: string, namespace?: string): Promise<readonly T[]> {
    // Whoever listened before hears of everything that is not in the list.
    await this.#feed.start();
    const { objects } = await this.#repository.list(kind, { ...everything, namespace });
    return objects.map((object) => asKind<T>(object));
  }

  page(kind: string, request: PageRequest): Promise<Page> {
    return this.#repository.list(kind, request);
  }

  count(kind: string, request: PageRequest): Promise<number> {
    return this.#repository.count(kind, request);
  }

  clock(): Promise<Clock> {
    return this.#repository.clock();
  }

  changesAfter(
    version: number,
    limit: number,
    only?: { readonly kind?: string; readonly upTo?: number },
  ): Promise<readonly LoggedChange[]> {
    return this.#repository.changesAfter(version, limit, only);
  }

  trim(maxAgeMs: number, keep: number): Promise<number> {
    return this.#repository.trim(maxAgeMs, keep);
  }

  idOf(uid: string): Promise<number | undefined> {
    return this.#repository.findId(uid);
  }

  async create<T extends KubeObject>(object: NewObject<T>): Promise<T> {
    const definition = this.definitions.getKind(object.kind);
    const { name, namespace, labels } = object.metadata;
    const metadata = {
      name: name ?? '',
      ...(namespace !== undefined && { namespace }),
      ...(labels !== undefined && { labels }),
      uid: randomUUID(),
      resourceVersion: '',
      generation: 1,
      creationTimestamp: timestamp(),
    };
    const { kind, apiVersion } = object;
    const complete = { ...object, kind, apiVersion, metadata };
    const isNamed = name !== undefined;
    return asKind<T>(await this.#insertNamed(definition, complete, isNamed));
  }

  insert(object: KubeObject): Promise<KubeObject> {
    return this.#insertNamed(this.definitions.getKind(object.kind), object, true);
  }

  async #insertNamed(
    definition: ResourceDefinition,
    object: KubeObject,
    isNamed: boolean,
  ): Promise<KubeObject> {
    await this.#feed.start();
    for (let attempt = 1; ; attempt += 1) {
      const name = isNamed ? object.metadata.name : makeName(definition.namePrefix ?? '');
      const named = { ...object, metadata: { ...object.metadata, name } };
      const outcome = await this.#repository.insert(
        keyOf(named),
        this.#indexed(definition, named),
        (version) => withVersion(named, version),
      );
      if (typeof outcome === 'object') {
        await this.#published(outcome.object);
        return outcome.object;
      }
      if (outcome === 'name-taken' && !isNamed && attempt < NAME_ATTEMPTS) continue;
      const taken = outcome === 'key-taken' ? definition.uniqueKey(named) : undefined;
      throw alreadyExists(definition, taken ?? name);
    }
  }

  async change<T extends KubeObject>(
    kind: string,
    key: ObjectKey,
    change: (current: T) => T,
  ): Promise<T | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      const current = await this.find<T>(kind, key);
      if (current === undefined) return undefined;
      const next = change(current);
      if (next === current) return current;
      const stored = await this.replace(current, next);
      if (stored !== undefined) return asKind<T>(stored);
      if (attempt === CHANGE_ATTEMPTS) throw new Error(`${kind} ${key.name} changes all the time`);
    }
  }

  async replace(previous: KubeObject, next: KubeObject): Promise<KubeObject | undefined> {
    await this.#feed.start();
    const definition = this.definitions.getKind(previous.kind);
    const isDone =
      next.metadata.deletionTimestamp !== undefined && finalizersOf(definition, next).length === 0;
    if (isDone) return this.erase(previous);
    const stored = await this.#repository.replace(
      keyOf(previous),
      previous,
      this.#indexed(definition, next),
      (version) => withVersion(next, version),
    );
    if (stored === 'key-taken') {
      throw alreadyExists(definition, definition.uniqueKey(next) ?? next.metadata.name);
    }
    if (stored !== undefined) await this.#published(stored);
    return stored;
  }

  async erase(object: KubeObject): Promise<KubeObject | undefined> {
    const { uid, resourceVersion } = object.metadata;
    return this.#erase(object.kind, keyOf(object), uid, resourceVersion);
  }

  async remove(kind: string, key: ObjectKey, uid: string): Promise<void> {
    await this.#erase(kind, key, uid, undefined);
  }

  async #erase(
    kind: string,
    key: ObjectKey,
    uid: string,
    resourceVersion: string | undefined,
  ): Promise<KubeObject | undefined> {
    await this.#feed.start();
    const gone = await this.#repository.erase(kind, key, uid, resourceVersion);
    if (gone !== undefined) await this.#published(gone);
    return gone;
  }

  subscribe(listener: (event: ObjectEvent) => void): () => void {
    return this.listen({ change: listener, reset: () => undefined });
  }

  onReset(listener: () => void): () => void {
    return this.listen({ change: () => undefined, reset: listener });
  }

  listen(listener: FeedListener): () => void {
    const stop = this.#feed.listen(listener);
    this.#feed
      .start()
      .catch((error: unknown) => this.#log.warn({ err: error }, 'changes of objects are unread'));
    return stop;
  }

  pull(): Promise<void> {
    return this.#feed.pull();
  }

  #indexed(definition: ResourceDefinition, object: KubeObject) {
    return { tenant: definition.tenantOf(object), uniqueKey: definition.uniqueKey(object) };
  }

  /** The write took effect: whatever fails here is made good by the next message or poll. */
  async #published({ metadata }: KubeObject): Promise<void> {
    const version = Number(metadata.resourceVersion);
    const results = await Promise.allSettled([
      this.#feed.pull(),
      this.#repository.announce(KUBE_CHANNEL, version),
    ]);
    for (const result of results) {
      if (result.status === 'rejected') {
        this.#log.warn({ err: result.reason, version }, 'a change could not be told');
      }
    }
  }
}

const everything: PageRequest = {
  namespace: undefined,
  tenant: undefined,
  name: undefined,
  after: undefined,
  limit: undefined,
};

function withVersion(object: KubeObject, resourceVersion: string): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } };
}
