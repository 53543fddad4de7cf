import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { withOwnPool } from './database.ts';
import { type Caller, withJson } from './http.ts';
import type { Barrier } from './jobs-barrier.ts';
import {
  createImage,
  expectStatus,
  pushImage,
  RETAINED,
  SWEPT_VENDOR,
  TOLD_PROJECT,
} from './jobs-data.ts';
import type { Receiver } from './receiver.ts';
import type { CrashServer } from './server.ts';

type Pool = Parameters<Parameters<typeof withOwnPool>[1]>[0];

/** One registry in which jobs are begun, and what of it is the same in all that are compared. */
export interface JobScene {
  readonly server: CrashServer;
  readonly caller: Caller;
  readonly pool: Pool;
  readonly policy: number;
  readonly receiver: Receiver;
}

/** A kind of job: how it begins, where it is held up, and what it is for. */
export interface JobKind {
  readonly vendorType: string;
  /** Of tasks that begin. */
  readonly tasks: number;
  /** Without one the receiver of webhooks keeps the job waiting. */
  readonly barrier?: Barrier;
  start(scene: JobScene): Promise<void>;
  /** All that it does, as sorted facts; the same however often it was begun. */
  listEffect(scene: JobScene): Promise<string[]>;
}

const FINAL_PUSHES = 5;
/** The push whose delivery is kept waiting, from 0. */
export const KEPT_WAITING = 2;
/** The same for every registry. */
const pushed = Array.from({ length: FINAL_PUSHES }, createImage);

export const jobKinds: readonly JobKind[] = [
  {
    vendorType: 'GARBAGE_COLLECTION',
    tasks: 1,
    barrier: { table: 'blob', operation: 'DELETE', nth: 150 },
    async start({ caller }) {
      const order = { schedule: { type: 'Manual' }, parameters: { workers: 1 } };
      const path = '/api/v2.0/system/gc/schedule';
      await expectStatus(caller, ['POST', path], 201, withJson(order));
    },
    async listEffect({ server, pool }) {
      const rows = await listFacts(
        pool,
        `SELECT 'row ' || digest AS fact FROM blob
         UNION ALL SELECT 'link ' || name || ' ' || digest
         FROM repository_blob JOIN repository ON repository.id = repository_id`,
      );
      return [...rows, ...(await listFiles(server, 'docker'))];
    },
  },
  {
    vendorType: 'RETENTION',
    tasks: RETAINED.length,
    barrier: { table: 'artifact', operation: 'DELETE', nth: 8 },
    async start({ caller, policy }) {
      const path = `/api/v2.0/retentions/${policy}/executions`;
      await expectStatus(caller, ['POST', path], 201, withJson({ dry_run: false }));
    },
    listEffect: ({ pool }) =>
      listFacts(
        pool,
        `SELECT 'tag ' || repository.name || ':' || tag.name || ' ' || artifact.digest AS fact
         FROM tag JOIN artifact ON artifact.id = tag.artifact_id
         JOIN repository ON repository.id = artifact.repository_id
         WHERE repository.name = ANY('{${RETAINED.join()}}')
         UNION ALL SELECT 'deleted ' || repository_name || ' ' || digest || ' ' || tags::text
         FROM deleted_artifact
         UNION ALL SELECT 'told ' || operation || ' ' || resource || ' ' || count(*)
         FROM audit_log WHERE operation = 'delete' AND occurred_at > now() - interval '1 day'
         GROUP BY operation, resource
         UNION ALL SELECT 'counted ' || (extra_attrs ->> 'repository') || ' ' ||
           (extra_attrs ->> 'retained')
         FROM task WHERE vendor_type = 'RETENTION'`,
      ),
  },
  {
    vendorType: 'PURGE_AUDIT_LOG',
    tasks: 1,
    barrier: { table: 'audit_log', operation: 'DELETE', nth: 7_000 },
    async start({ caller }) {
      const parameters = {
        audit_retention_hour: 24,
        include_event_types: 'create_artifact,pull_artifact',
        dry_run: false,
      };
      const path = '/api/v2.0/system/purgeaudit/schedule';
      const order = { schedule: { type: 'Manual' }, parameters };
      await expectStatus(caller, ['POST', path], 201, withJson(order));
    },
    listEffect: ({ pool }) =>
      listFacts(
        pool,
        `SELECT 'entry ' || id || ' ' || operation AS fact FROM audit_log
         WHERE occurred_at < now() - interval '2 days'`,
      ),
  },
  {
    vendorType: 'EXECUTION_SWEEP',
    tasks: 1,
    barrier: { table: 'execution', operation: 'DELETE', nth: 700 },
    start: ({ pool }) => makeDue(pool, 'EXECUTION_SWEEP'),
    listEffect: ({ pool }) =>
      listFacts(
        pool,
        `SELECT 'execution ' || id || ' ' || status AS fact FROM execution
         WHERE vendor_id >= ${SWEPT_VENDOR}
         UNION ALL SELECT 'task ' || task.id FROM task WHERE vendor_type = 'REPLICATION'`,
      ),
  },
  {
    vendorType: 'SYSTEM_ARTIFACT_CLEANUP',
    tasks: 1,
    barrier: { table: 'failed_event', operation: 'DELETE', nth: 1_500 },
    start: ({ pool }) => makeDue(pool, 'SYSTEM_ARTIFACT_CLEANUP'),
    async listEffect({ server, pool }) {
      const rows = await listFacts(
        pool,
        `SELECT 'event ' || id AS fact FROM failed_event
         UNION ALL SELECT 'upload ' || id FROM blob_upload`,
      );
      return [...rows, ...(await listFiles(server, 'uploads'))];
    },
  },
  {
    vendorType: 'DATA_SCRUB',
    tasks: 1,
    barrier: { table: 'blob', operation: 'UPDATE OF missing_since', nth: 4 },
    async start({ caller }) {
      const job = { name: 'DATA_SCRUB', parameters: {}, metadata: { kind: 'Generic' } };
      await expectStatus(caller, ['POST', '/api/v1/jobs'], 202, withJson({ job }));
    },
    async listEffect({ server, pool }) {
      const rows = await listFacts(
        pool,
        `SELECT 'missing ' || digest AS fact FROM blob WHERE missing_since IS NOT NULL
         UNION ALL SELECT 'under way ' || stage FROM scrub_pass`,
      );
      return [...rows, ...(await listFiles(server, 'quarantine'))];
    },
  },
  {
    vendorType: 'WEBHOOK',
    tasks: FINAL_PUSHES,
    async start({ caller }) {
      for (const [at, image] of pushed.entries()) {
        await pushImage(caller, `${TOLD_PROJECT}/app`, image, `t${at}`);
      }
    },
    async listEffect({ receiver, pool }) {
      const answered = receiver.deliveries.filter(({ status }) => status === 200);
      // The same delivery may come twice, and its id says so.
      const told = new Map(answered.map(({ task, reference }) => [task, reference]));
      const rows = await listFacts(
        pool,
        `SELECT status || ' ' || count(*) AS fact FROM task WHERE vendor_type = 'WEBHOOK'
         GROUP BY status`,
      );
      return [...rows, ...[...told.values()].map((tag) => `told of ${tag}`).toSorted()];
    },
  },
];

/** Lets the schedule of a kind fire now. */
export async function makeDue(pool: Pool, vendorType: string): Promise<void> {
  await pool.query('UPDATE schedule SET next_at = now() WHERE vendor_type = $1', [vendorType]);
}

async function listFacts(pool: Pool, query: string): Promise<string[]> {
  const { rows } = await pool.query<{ fact: string | null }>(query);
  return rows.map(({ fact }) => fact ?? 'nothing').toSorted();
}

async function listFiles({ dataDir }: CrashServer, part: string): Promise<string[]> {
  const directory = join(dataDir, 'registry', part);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => `file ${join(parentPath, name).slice(dataDir.length)}`)
    .toSorted();
}
