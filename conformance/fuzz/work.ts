import { isRecord, listOf, recordOf } from './document.ts';
import type { Call } from './world.ts';

const PROJECTS = ['fuzz-private', 'fuzz-public'];

/** Good ones, and some that have made schedulers spin, or nearly mean something. */
const CRONS = [
  '0 0 0 * * *',
  '0 */5 1-3 ? JAN-MAR MON,WED',
  '0 0 0 29 2 ?',
  '0 59/1 23 1-31/31 12 0',
  '',
  '* * * * * *',
  '*/1 * * * * *',
  '0 0 0 31 2 *',
  '0 0 0 30 2 1',
  '0 0 0 L * *',
  '0 0 0 ? * 5#3',
  '@every 1s',
  '@reboot',
  'TZ=Asia/Tokyo 0 0 0 * * *',
  '0 0 0 * * 7',
  '0 5-1 * * * *',
  '0 */0 * * * *',
  '0 */99999 * * * *',
  '0 99999999999999999999 * * * *',
  '0 -1 * * * *',
  '0 1e3 * * * *',
  '0 0 0 * * * 2027',
  '0\u00a00\u20030 * * *',
  `0 ${'1,'.repeat(110)}1 * * * *`,
  `0 ${'*,'.repeat(5_000)}* * * * *`,
  '0 '.repeat(2_000),
];

function nested(depth: number): unknown {
  let value: unknown = {};
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

const purge = { audit_retention_hour: 24, include_event_types: 'create_artifact', dry_run: true };
const collection = { delete_untagged: true, dry_run: true, workers: 2 };
const parameters: readonly unknown[] = [
  collection,
  purge,
  {},
  { ...collection, workers: 1e300 },
  { ...collection, workers: -0 },
  { ...purge, audit_retention_hour: 2 ** 53 },
  { ...purge, audit_retention_hour: 240_000, include_event_types: 'create_artifact,'.repeat(500) },
  { ...purge, nested: nested(400) },
  nested(400),
  Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`key-${n}`, n])),
];

function policyFor(projectId: unknown, pattern = '**') {
  return {
    algorithm: 'or',
    rules: [
      {
        action: 'retain',
        template: 'always',
        params: {},
        tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern }],
        scope_selectors: {
          repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
        },
      },
    ],
    trigger: { kind: 'Schedule', settings: { cron: '' } },
    scope: { level: 'project', ref: projectId },
  };
}

const orders = (given: object) => [
  { schedule: { type: 'Manual' }, parameters: given },
  { schedule: { type: 'Daily', cron: '0 0 0 * * *' }, parameters: given },
  { schedule: { type: 'None' }, parameters: given },
];
const launches = [{ kind: 'Generic' }, { kind: 'Scheduled', schedule_delay: 1 }].map(
  (metadata) => ({ job: { name: 'GARBAGE_COLLECTION', parameters: collection, metadata } }),
);

/** Bodies that succeed, by operation. */
const workBodies: readonly [string, readonly unknown[]][] = [
  ['triggerRetentionExecution', [{ dry_run: true }, { dry_run: false }, {}]],
  ['operateRetentionExecution', [{ action: 'stop' }]],
  ['createGCSchedule', orders(collection)],
  ['updateGCSchedule', orders(collection)],
  ['createPurgeSchedule', orders(purge)],
  ['updatePurgeSchedule', orders(purge)],
  ['actionPendingJobs', ['stop', 'pause', 'resume'].map((action) => ({ action }))],
  ['launchJob', launches],
  ['stopLaunchedJob', [{ action: 'stop' }]],
];

/** Makes policies, runs and jobs where there are none, lets queues go on, and looks all of it up. */
export async function ensureWork(call: Call): Promise<readonly [string, readonly unknown[]][]> {
  await call('PUT', '/jobservice/queues/all', { action: 'resume' });
  const projectIds = await Promise.all(PROJECTS.map((name) => findProject(call, name)));
  for (const id of projectIds) await call('POST', '/retentions', policyFor(id));
  const policies = await Promise.all(PROJECTS.map((name) => findPolicy(call, name)));
  for (const id of policies) await call('POST', `/retentions/${id}/executions`, { dry_run: true });
  await call('POST', '/system/gc/schedule', orders(collection)[0]);
  await call('POST', '/system/purgeaudit/schedule', orders(purge)[0]);
  const executions = await list(call, `/retentions/${policies[0]}/executions?page_size=20`);
  const [execution = 0] = idsOf(executions);
  const tasks = await list(
    call,
    `/retentions/${policies[0]}/executions/${String(execution)}/tasks`,
  );
  const jobs = tasks.map((task) => task['job_id']);
  const pools = await list(call, '/jobservice/pools');
  return [
    ...workBodies,
    ['createRetention', projectIds.map((id) => policyFor(id))],
    ['updateRetention', projectIds.map((id) => policyFor(id, 'fuzz-*'))],
    ['id', [...policies, ...policies, ...policies, ...jobs, 'periodic-1', 1, 2, 3]],
    ['eid', idsOf(executions)],
    ['tid', idsOf(tasks)],
    ['gc_id', idsOf(await list(call, '/system/gc'))],
    ['purge_id', idsOf(await list(call, '/system/purgeaudit'))],
    ['job_id', [...jobs, ...jobs, 'all']],
    ['pool_id', [...pools.map((pool) => pool['worker_pool_id']), 'all']],
    ['job_type', ['all', 'WEBHOOK', 'gc', 'garbage_collection', 'SCHEDULER']],
    ['cron', CRONS],
    ['cron_spec', CRONS],
    ['parameters', parameters],
    ['ref', projectIds],
    [
      'params',
      [{}, { latestPushedK: 3 }, { nDaysSinceLastPull: 20_190_904 }, { always: nested(50) }],
    ],
    ['extras', ['{"untagged":true}', '{', '[]', '"', '{"untagged":1e999}']],
    ['template', ['always', 'latestPushedK', 'nDaysSinceLastPush', 'latestSemverK', 'best']],
    ['schedule_delay', [1, 3_600, 315_360_000]],
  ];
}

async function findProject(call: Call, name: string): Promise<unknown> {
  return (await get(call, `/projects/${name}`)).get('project_id');
}

async function findPolicy(call: Call, name: string): Promise<number> {
  const metadata = (await get(call, `/projects/${name}`)).get('metadata');
  return Number(new Map(recordOf(metadata)).get('retention_id') ?? 0);
}

function idsOf(rows: readonly Record<string, unknown>[]): unknown[] {
  return rows.map(({ id }) => id);
}

/** Of what the fuzzer deleted in between there is nothing. */
async function get(call: Call, target: string): Promise<Map<string, unknown>> {
  const { status, body } = await call('GET', target);
  if (status >= 500) throw new Error(`GET ${target}: ${status} ${body.toString()}`);
  return new Map(recordOf(JSON.parse(body.toString())));
}

async function list(call: Call, target: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await call('GET', target);
  if (status >= 500) throw new Error(`GET ${target}: ${status} ${body.toString()}`);
  return listOf(JSON.parse(body.toString()))
    .filter(isRecord)
    .map((row) => Object.fromEntries(recordOf(row)));
}
