import { sql } from 'kysely';
import {
  type Database,
  type DatabaseTransaction,
  isUniqueViolation,
  transact,
} from '../db/index.ts';
import { asKind } from './as-kind.ts';
import type { KubeObject, ObjectKey } from './object.ts';
import type { ObjectEvent } from './objects.ts';

/** What the columns beside the object hold. */
export interface Indexed {
  readonly tenant: string | undefined;
  readonly uniqueKey: string | undefined;
}

export interface PageRequest {
  readonly namespace: string | undefined;
  readonly tenant: string | undefined;
  readonly name: string | undefined;
  readonly after: ObjectKey | undefined;
  readonly limit: number | undefined;
}

export interface Page {
  /** That the objects are of. */
  readonly version: number;
  readonly objects: readonly KubeObject[];
}

export interface LoggedChange {
  readonly version: number;
  readonly event: ObjectEvent;
}

export interface Clock {
  readonly version: number;
  /** Changes up to this one are gone from the log. */
  readonly trimmed: number;
}

export type InsertOutcome = 'name-taken' | 'key-taken' | { readonly object: KubeObject };

type Versioned = (version: string) => KubeObject;

const NAME_CONSTRAINT = 'kube_object_kind_namespace_name_key';

/** Rows of objects and the log of their changes. Every write is one transaction and one version. */
export class KubeObjectRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async find(kind: string, { namespace, name }: ObjectKey): Promise<KubeObject | undefined> {
    const row = await this.#db
      .selectFrom('kube_object')
      .select('object')
      .where('kind', '=', kind)
      .where('namespace', '=', namespace)
      .where('name', '=', name)
      .executeTakeFirst();
    return row === undefined ? undefined : asKind<KubeObject>(row.object);
  }

  async findUnique(kind: string, uniqueKey: string): Promise<KubeObject | undefined> {
    const row = await this.#db
      .selectFrom('kube_object')
      .select('object')
      .where('kind', '=', kind)
      .where('unique_key', '=', uniqueKey)
      .executeTakeFirst();
    return row === undefined ? undefined : asKind<KubeObject>(row.object);
  }

  async findId(uid: string): Promise<number | undefined> {
    const row = await this.#db
      .selectFrom('kube_object')
      .select('id')
      .where(sql<string>`uid::text`, '=', uid)
      .executeTakeFirst();
    return row?.id;
  }

  /** Objects in the order of namespace and name, with the version at which they were so. */
  async list(kind: string, request: PageRequest): Promise<Page> {
    return this.#db
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (tx) => {
        const { version } = await readClock(tx);
        const rows = await select(tx, kind, request)
          .select('object')
          .orderBy('namespace')
          .orderBy('name')
          .$if(request.limit !== undefined, (query) => query.limit(request.limit ?? 0))
          .execute();
        return { version, objects: rows.map(({ object }) => asKind<KubeObject>(object)) };
      });
  }

  async count(kind: string, request: PageRequest): Promise<number> {
    const row = await select(this.#db, kind, request)
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    return row.count;
  }

  async insert(key: ObjectKey, indexed: Indexed, make: Versioned): Promise<InsertOutcome> {
    try {
      return await transact(this.#db, async (tx) => {
        const version = await tick(tx);
        const object = make(String(version));
        await tx
          .insertInto('kube_object')
          .values({
            kind: object.kind,
            ...key,
            ...columnsOf(indexed, object, version),
            uid: object.metadata.uid,
          })
          .execute();
        await log(tx, version, { type: 'ADDED', object });
        return { object };
      });
    } catch (error) {
      if (isUniqueViolation(error, NAME_CONSTRAINT)) return 'name-taken';
      if (isUniqueViolation(error)) return 'key-taken';
      throw error;
    }
  }

  /** Undefined when the object is no longer `previous`; `key-taken` when another has the new key. */
  async replace(
    key: ObjectKey,
    previous: KubeObject,
    indexed: Indexed,
    make: Versioned,
  ): Promise<KubeObject | 'key-taken' | undefined> {
    try {
      return await transact(this.#db, async (tx) => {
        const version = await tick(tx);
        const object = make(String(version));
        const row = await tx
          .updateTable('kube_object')
          .set(columnsOf(indexed, object, version))
          .where('kind', '=', previous.kind)
          .where('namespace', '=', key.namespace)
          .where('name', '=', key.name)
          .where('uid', '=', previous.metadata.uid)
          .where('resource_version', '=', Number(previous.metadata.resourceVersion))
          .returning('id')
          .executeTakeFirst();
        if (row === undefined) return undefined;
        await log(tx, version, { type: 'MODIFIED', object, previous });
        return object;
      });
    } catch (error) {
      if (isUniqueViolation(error)) return 'key-taken';
      throw error;
    }
  }

  /** The object as it was, with the version of its deletion; undefined when it is not there so. */
  async erase(
    kind: string,
    key: ObjectKey,
    uid: string,
    resourceVersion: string | undefined,
  ): Promise<KubeObject | undefined> {
    return transact(this.#db, async (tx) => {
      const version = await tick(tx);
      const row = await tx
        .deleteFrom('kube_object')
        .where('kind', '=', kind)
        .where('namespace', '=', key.namespace)
        .where('name', '=', key.name)
        .where(sql<string>`uid::text`, '=', uid)
        .$if(resourceVersion !== undefined, (query) =>
          query.where('resource_version', '=', Number(resourceVersion)),
        )
        .returning('object')
        .executeTakeFirst();
      if (row === undefined) return undefined;
      const previous = asKind<KubeObject>(row.object);
      const metadata = { ...previous.metadata, resourceVersion: String(version) };
      const object = { ...previous, metadata };
      await log(tx, version, { type: 'DELETED', object, previous });
      return object;
    });
  }

  clock(): Promise<Clock> {
    return readClock(this.#db);
  }

  /** Changes after a version, in order, `limit` at most. */
  async changesAfter(
    version: number,
    limit: number,
    { kind, upTo }: { readonly kind?: string; readonly upTo?: number } = {},
  ): Promise<readonly LoggedChange[]> {
    const rows = await this.#db
      .selectFrom('kube_change')
      .select(['resource_version', 'type', 'object', 'previous'])
      .where('resource_version', '>', version)
      .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? ''))
      .$if(upTo !== undefined, (query) => query.where('resource_version', '<=', upTo ?? 0))
      .orderBy('resource_version')
      .limit(limit)
      .execute();
    return rows.map(({ resource_version, type, object, previous }) => ({
      version: resource_version,
      event: {
        type,
        object: asKind<KubeObject>(object),
        ...(previous !== null && { previous: asKind<KubeObject>(previous) }),
      },
    }));
  }

  /** Forgets changes older than `maxAgeMs`, but for the newest `keep`; gives how many. */
  async trim(maxAgeMs: number, keep: number): Promise<number> {
    return transact(this.#db, async (tx) => {
      const oldest = await tx
        .selectFrom('kube_change')
        .select('resource_version')
        .orderBy('resource_version', 'desc')
        .offset(keep)
        .limit(1)
        .executeTakeFirst();
      if (oldest === undefined) return 0;
      const gone = await tx
        .deleteFrom('kube_change')
        .where('resource_version', '<=', oldest.resource_version)
        .where('changed_at', '<', sql<Date>`now() - ${maxAgeMs / 1000} * interval '1 second'`)
        .returning('resource_version')
        .execute();
      const last = gone.reduce((most, row) => Math.max(most, row.resource_version), 0);
      await tx
        .updateTable('kube_clock')
        .set({ trimmed_version: sql`greatest(trimmed_version, ${last}::bigint)` })
        .execute();
      return gone.length;
    });
  }

  /** Tells the other replicas. After the commit, not in it (ADR 0005). */
  async announce(channel: string, version: number): Promise<void> {
    await sql`SELECT pg_notify(${channel}, ${String(version)})`.execute(this.#db);
  }
}

function select(db: Database | DatabaseTransaction, kind: string, request: PageRequest) {
  const { namespace, tenant, name, after } = request;
  let query = db.selectFrom('kube_object').where('kind', '=', kind);
  if (namespace !== undefined) query = query.where('namespace', '=', namespace);
  if (tenant !== undefined) query = query.where('tenant', '=', tenant);
  if (name !== undefined) query = query.where('name', '=', name);
  if (after === undefined) return query;
  return query.where(sql<boolean>`(namespace, name) > (${after.namespace}, ${after.name})`);
}

/** The next version; whoever comes later waits here until this transaction has ended. */
async function tick(tx: DatabaseTransaction): Promise<number> {
  const row = await tx
    .updateTable('kube_clock')
    .set({ version: sql`version + 1` })
    .returning('version')
    .executeTakeFirstOrThrow();
  return row.version;
}

async function readClock(db: Database | DatabaseTransaction): Promise<Clock> {
  const row = await db
    .selectFrom('kube_clock')
    .select(['version', 'trimmed_version'])
    .executeTakeFirstOrThrow();
  return { version: row.version, trimmed: row.trimmed_version };
}

async function log(tx: DatabaseTransaction, version: number, event: ObjectEvent): Promise<void> {
  const { type, object, previous } = event;
  await tx
    .insertInto('kube_change')
    .values({
      resource_version: version,
      type,
      kind: object.kind,
      object: JSON.stringify(object),
      previous: previous === undefined ? null : JSON.stringify(previous),
    })
    .execute();
}

function columnsOf({ tenant, uniqueKey }: Indexed, object: KubeObject, version: number) {
  return {
    tenant: tenant ?? null,
    unique_key: uniqueKey ?? null,
    resource_version: version,
    is_deleting: object.metadata.deletionTimestamp !== undefined,
    object: JSON.stringify(object),
  };
}
