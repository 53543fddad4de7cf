import { asKind } from './as-kind.ts';
import type { KubeObject } from './object.ts';
import type { Informer, KubeObjects, ObjectEvent } from './objects.ts';

/** Objects, and if possible word of changes that were missed. */
export type Informed = Pick<KubeObjects, 'list' | 'subscribe'> & {
  onReset?(listener: () => void): () => void;
};

/** All objects of `kind`, read once at the first `ready` and kept up to date from then on. */
export function createInformer<T extends KubeObject>(
  objects: Informed,
  kind: string,
  uniqueKeyOf: (object: T) => string,
): Informer<T> {
  return new ObjectsInformer(objects, kind, uniqueKeyOf);
}

class ObjectsInformer<T extends KubeObject> implements Informer<T> {
  readonly #objects: Informed;
  readonly #kind: string;
  readonly #uniqueKeyOf: (object: T) => string;
  readonly #byUid = new Map<string, T>();
  readonly #byKey = new Map<string, T>();
  /** Deleted during a reading, which may still see them. */
  readonly #deleted = new Set<string>();
  #isSubscribed = false;
  #loading: Promise<void> | undefined;
  #epoch = 0;

  constructor(objects: Informed, kind: string, uniqueKeyOf: (object: T) => string) {
    this.#objects = objects;
    this.#kind = kind;
    this.#uniqueKeyOf = uniqueKeyOf;
  }

  ready(): Promise<void> {
    if (!this.#isSubscribed) {
      this.#isSubscribed = true;
      this.#objects.subscribe((event) => this.#apply(event));
      this.#objects.onReset?.(() => this.#reload());
    }
    return this.#loading ?? this.#load();
  }

  peek(uniqueKey: string): T | undefined {
    return this.#byKey.get(uniqueKey);
  }

  all(): Iterable<T> {
    return this.#byUid.values();
  }

  epoch(): number {
    return this.#epoch;
  }

  #reload(): void {
    this.#load().catch(() => undefined);
  }

  #load(): Promise<void> {
    const loading = this.#read();
    this.#loading = loading;
    // The next `ready` tries again; subscriptions stay.
    loading.catch(() => {
      if (this.#loading === loading) this.#loading = undefined;
    });
    return loading;
  }

  async #read(): Promise<void> {
    this.#deleted.clear();
    const before = new Set(this.#byUid.keys());
    for (const object of await this.#objects.list<T>(this.#kind)) {
      const { uid } = object.metadata;
      before.delete(uid);
      if (!this.#deleted.has(uid)) this.#put(object);
    }
    for (const uid of before) this.#forget(uid);
    this.#deleted.clear();
    this.#epoch += 1;
  }

  #apply(event: ObjectEvent): void {
    if (event.object.kind !== this.#kind) return;
    const object = asKind<T>(event.object);
    if (event.type === 'DELETED') this.#drop(object);
    else this.#put(object);
    this.#epoch += 1;
  }

  #put(object: T): void {
    const known = this.#byUid.get(object.metadata.uid);
    if (known !== undefined && versionOf(known) > versionOf(object)) return;
    if (known !== undefined) this.#unkey(known);
    this.#byUid.set(object.metadata.uid, object);
    this.#byKey.set(this.#uniqueKeyOf(object), object);
  }

  #drop(object: T): void {
    const { uid } = object.metadata;
    this.#deleted.add(uid);
    this.#forget(uid);
  }

  #forget(uid: string): void {
    const known = this.#byUid.get(uid);
    if (known !== undefined) this.#unkey(known);
    this.#byUid.delete(uid);
  }

  /** A later object may have taken the key over. */
  #unkey(object: T): void {
    const key = this.#uniqueKeyOf(object);
    if (this.#byKey.get(key)?.metadata.uid === object.metadata.uid) this.#byKey.delete(key);
  }
}

function versionOf({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion);
}
