import type { KubeObject, ObjectKey } from './object.ts';

export interface ObjectEvent<T extends KubeObject = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly object: T;
  /** As it was before; absent for ADDED. */
  readonly previous?: T;
}

/** An object before it is stored; without a name it gets one of its kind. */
export type NewObject<T extends KubeObject> = Omit<T, 'metadata'> & {
  readonly metadata: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
};

/** Objects as the server itself reads and writes them: no rights, no admission, kinds by name. */
export interface KubeObjects {
  find<T extends KubeObject>(kind: string, key: ObjectKey): Promise<T | undefined>;
  findUnique<T extends KubeObject>(kind: string, uniqueKey: string): Promise<T | undefined>;
  /** All of a kind, or those of one namespace, in the order of namespace and name. */
  list<T extends KubeObject>(kind: string, namespace?: string): Promise<readonly T[]>;
  /** Stores an object of the server's own making (imported charts, repositories that were pushed). @throws StatusError 409 AlreadyExists, also for the unique key */
  create<T extends KubeObject>(object: NewObject<T>): Promise<T>;
  /**
   * Reads, changes, writes, and does so again after a conflict. `change` gives the new object, or
   * the same (===) to leave it. An object that is deleting and has no finalizer left is removed.
   * Resolves with undefined when there is no such object.
   */
  change<T extends KubeObject>(
    kind: string,
    key: ObjectKey,
    change: (current: T) => T,
  ): Promise<T | undefined>;
  /** Removes the row whatever its finalizers; only the object with this uid. */
  remove(kind: string, key: ObjectKey, uid: string): Promise<void>;
  /** A number that the row keeps for life and no later object gets. */
  idOf(uid: string): Promise<number | undefined>;
  /**
   * Hears of every change after its commit, in the order of resource versions; of this process at
   * once (before the writer is answered), of other replicas when their notification comes.
   */
  subscribe(listener: (event: ObjectEvent) => void): () => void;
}

/** All objects of one kind, in memory, kept up to date by `KubeObjects.subscribe`. */
export interface Informer<T extends KubeObject> {
  /** Resolves when everything has been read once. */
  ready(): Promise<void>;
  /** By the kind's unique key. Only after `ready`. */
  peek(uniqueKey: string): T | undefined;
  all(): Iterable<T>;
  /** Raised by every change of the kind. */
  epoch(): number;
}
