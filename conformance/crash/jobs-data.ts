import { readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaType } from '@berth/oci';
import { withOwnPool } from './database.ts';
import { each } from './gc-oracle.ts';
import {
  type Answer,
  type Call,
  type Caller,
  createProject,
  locationOf,
  withJson,
} from './http.ts';
import { contentOf, createRandom } from './random.ts';
import type { CrashServer } from './server.ts';
import { type BlobItem, createWorld, type Image } from './world.ts';

/** Has what retention, garbage collection and the scrub are to work on. */
export const JOBS_PROJECT = 'jobs';
/** Whose pushes somebody is told of. */
export const TOLD_PROJECT = 'told';
export const RETAINED = ['jobs/one', 'jobs/two'];
/** Of each repository under retention. */
const TAGS = 20;
const LATEST = 5;
/** Blobs without a manifest, too large to lie in their rows. */
const GARBAGE = 220;
const FILE_BYTES = 20 * 1024;
const UPLOADS = 8;
/** Told apart from the ids of real policies. */
export const SWEPT_VENDOR = 4242;

const octets = { 'content-type': 'application/octet-stream' };
const scene = { world: createWorld('jobs'), random: createRandom('jobs') };

/** @throws Error unless the answer has the status */
export async function expectStatus(
  caller: Caller,
  [method, path]: readonly [string, string],
  status: number,
  call?: Call,
): Promise<Answer> {
  const answer = await caller.call(method, path, call);
  if (answer.status === status) return answer;
  throw new Error(`${method} ${path}: ${answer.status} ${answer.body.toString()}`);
}

export function createImage(): Image {
  const { world, random } = scene;
  const config = world.createBlob(random, 100, 200);
  return world.createImage(config, [world.createBlob(random, FILE_BYTES, FILE_BYTES)]);
}

export async function pushImage(
  caller: Caller,
  repository: string,
  image: Image,
  tag: string,
): Promise<void> {
  for (const blob of image.blobs) await pushBlob(caller, repository, blob);
  await expectStatus(caller, ['PUT', `/v2/${repository}/manifests/${tag}`], 201, {
    headers: { 'content-type': mediaType.ociManifest },
    body: image.bytes,
  });
}

async function pushBlob(caller: Caller, repository: string, blob: BlobItem): Promise<void> {
  const path = `/v2/${repository}/blobs/uploads/?digest=${blob.digest}`;
  const body = contentOf(blob.seed, blob.size);
  await expectStatus(caller, ['POST', path], 201, { headers: octets, body });
}

/** Fills a registry with work for every kind of job. @returns the id of the retention policy */
export async function fillRegistry(server: CrashServer, caller: Caller): Promise<number> {
  for (const project of [JOBS_PROJECT, TOLD_PROJECT]) await createProject(caller, project);
  await each(RETAINED, async (repository) => {
    for (let tag = 0; tag < TAGS; tag += 1) {
      await pushImage(caller, repository, createImage(), `t${tag}`);
    }
  });
  const sound = Array.from({ length: 12 }, createImage);
  for (const [at, image] of sound.entries()) {
    await pushImage(caller, 'jobs/sound', image, `t${at}`);
  }
  const garbage = Array.from({ length: GARBAGE }, () =>
    scene.world.createBlob(scene.random, FILE_BYTES, FILE_BYTES),
  );
  await each(garbage, (blob) => pushBlob(caller, 'jobs/garbage', blob));
  for (let at = 0; at < UPLOADS; at += 1) await abandonUpload(caller);
  await insertRows(server);
  await spoil(server, sound);
  return createPolicy(caller);
}

async function abandonUpload(caller: Caller): Promise<void> {
  const opened = await expectStatus(caller, ['POST', '/v2/jobs/idle/blobs/uploads/'], 202);
  const path = locationOf(opened, caller.url);
  await expectStatus(caller, ['PATCH', path], 202, { headers: octets, body: Buffer.alloc(100) });
}

/** What would take months to pile up. */
async function insertRows(server: CrashServer): Promise<void> {
  await withOwnPool(server, async (pool) => {
    await pool.query(`
      INSERT INTO audit_log (operation, resource_type, resource, username, occurred_at)
      SELECT CASE n % 3 WHEN 0 THEN 'pull' WHEN 1 THEN 'create' ELSE 'delete' END, 'artifact',
        'jobs/old:' || n, 'admin', now() - interval '40 days' + n * interval '1 second'
      FROM generate_series(1, 24000) AS n`);
    await pool.query(`
      WITH made AS (
        INSERT INTO execution (vendor_type, vendor_id, status, trigger, start_time, end_time)
        SELECT 'REPLICATION', ${SWEPT_VENDOR}, 'Success', 'MANUAL',
          now() - interval '9 days' + n * interval '1 second', now() - interval '8 days'
        FROM generate_series(1, 1500) AS n RETURNING id)
      INSERT INTO task (execution_id, vendor_type, status, payload, is_head, end_time)
      SELECT id, 'REPLICATION', 'Success', '{}', false, now() - interval '8 days' FROM made`);
    await pool.query(`
      INSERT INTO execution (vendor_type, vendor_id, status, trigger, start_time)
      SELECT 'SCAN_ALL', ${SWEPT_VENDOR} + n, 'Running', 'MANUAL', now() - interval '9 days'
      FROM generate_series(1, 20) AS n`);
    await pool.query(`
      INSERT INTO failed_event (id, type, project_id, payload, occurred_at, failed_at)
      SELECT 1000000 + n, 'PUSH_ARTIFACT', (SELECT id FROM project WHERE name = '${JOBS_PROJECT}'),
        '{}', now() - interval '40 days',
        now() - CASE WHEN n % 5 = 0 THEN interval '1 day' ELSE interval '40 days' END
      FROM generate_series(1, 3000) AS n`);
    await pool.query(`UPDATE blob_upload SET updated_at = now() - interval '30 days'`);
    // Nothing begins by itself.
    await pool.query(`UPDATE schedule SET next_at = now() + interval '10 years'`);
  });
}

/** Damages the files of some blobs and takes those of others away. */
async function spoil({ dataDir }: CrashServer, images: readonly Image[]): Promise<void> {
  const root = join(dataDir, 'registry', 'docker');
  const files = await readdir(root, { recursive: true, withFileTypes: true });
  for (const [at, { blobs }] of images.slice(0, 8).entries()) {
    const hex = blobs.at(-1)?.digest.split(':')[1] ?? '';
    const file = files.find((one) => one.isFile() && join(one.parentPath, one.name).includes(hex));
    if (file === undefined) throw new Error(`no file of ${hex}`);
    const path = join(file.parentPath, file.name);
    if (at % 4 === 0) await rm(path);
    else if (at % 4 === 1) await truncate(path, 100);
    else await writeFile(path, contentOf(`other ${at}`, FILE_BYTES));
  }
}

async function createPolicy(caller: Caller): Promise<number> {
  const project = await expectStatus(caller, ['GET', `/api/v2.0/projects/${JOBS_PROJECT}`], 200);
  const ref: unknown = JSON.parse(project.body.toString()).project_id;
  const selector = { kind: 'doublestar', pattern: '**' };
  const rule = {
    action: 'retain',
    template: 'latestPushedK',
    params: { latestPushedK: LATEST },
    tag_selectors: [{ ...selector, decoration: 'matches' }],
    scope_selectors: {
      repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '{one,two}' }],
    },
  };
  const policy = {
    algorithm: 'or',
    rules: [rule],
    trigger: { kind: 'Schedule', settings: { cron: '' } },
    scope: { level: 'project', ref },
  };
  const made = await expectStatus(caller, ['POST', '/api/v2.0/retentions'], 201, withJson(policy));
  return Number(made.headers.location?.split('/').at(-1));
}
