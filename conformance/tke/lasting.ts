import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { createTestDatabase } from '../../server/test/database.ts';
import type { WorldOptions } from './world.ts';

/** A database and a directory for worlds that come one after the other. */
export async function createLasting(
  cleanup: AsyncDisposableStack,
): Promise<NonNullable<WorldOptions['lasting']> & { databaseUrl: string }> {
  const database = await createTestDatabase();
  cleanup.defer(() => database.drop());
  const dataDir = await mkdtemp(join(tmpdir(), 'berth-tke-lasting-'));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  return { databaseUrl: database.url, dataDir, storage: 'filesystem' };
}

/** As a former registry, or a former version, left it: without defaults and checks. */
export interface OldObject {
  readonly kind: string;
  /** `metadata.name` */
  readonly name: string;
  readonly namespace?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly uniqueKey: string;
  readonly spec: Readonly<Record<string, unknown>> & { readonly tenantID: string };
  readonly status?: object;
}

/** Writes objects past the API. */
export async function insertObjects(
  databaseUrl: string,
  objects: readonly OldObject[],
): Promise<ReadonlyMap<string, string>> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  const uids = new Map<string, string>();
  try {
    for (const { kind, name, namespace = '', annotations, uniqueKey, spec, status } of objects) {
      const uid = randomUUID();
      uids.set(name, uid);
      const { rows } = await client.query<{ version: string }>(
        'UPDATE kube_clock SET version = version + 1 RETURNING version',
      );
      const version = String(rows[0]?.version);
      const object = {
        apiVersion: 'registry.tkestack.io/v1',
        kind,
        metadata: {
          name,
          ...(namespace !== '' && { namespace }),
          uid,
          resourceVersion: version,
          creationTimestamp: '2020-06-01T08:00:00Z',
          ...(annotations !== undefined && { annotations }),
        },
        spec,
        ...(status !== undefined && { status }),
      };
      await client.query(
        `INSERT INTO kube_object (kind, namespace, name, tenant, unique_key, uid, resource_version, is_deleting, object)
         VALUES ($1, $2, $3, $4, $5, $6, $7, false, $8)`,
        [kind, namespace, name, spec.tenantID, uniqueKey, uid, version, object],
      );
    }
  } finally {
    await client.end();
  }
  return uids;
}
