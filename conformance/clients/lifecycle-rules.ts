import { waitUntil } from './artifact-images.ts';
import { assertEqual, assertIncludes, listAt, numberAt, textAt, valueAt } from './assertion.ts';
import type { Step } from './client.ts';
import { type LifecycleWorld, PROJECT } from './lifecycle-world.ts';

const TAGS = ['v1', 'v2', 'v3', 'v4', 'v5'];
const everyTag = { kind: 'doublestar', decoration: 'matches', pattern: '**' };
const repository = { kind: 'doublestar', decoration: 'repoMatches', pattern: 'retained' };

/** Of tags that skopeo pushed the latest stay, and those that nothing may delete. */
export function createRetentionSteps(world: LifecycleWorld): Step[] {
  let policy = '';

  /** @returns what the log of the repository's task says */
  async function apply(dryRun: boolean): Promise<{ task: unknown; log: string }> {
    const path = `${policy}/executions`;
    const body = { dry_run: dryRun };
    const { location } = await world.admin.send({ method: 'POST', path, body }, 201);
    const tasks = `${path}/${location?.split('/').at(-1)}/tasks`;
    let task: unknown;
    await waitUntil('the policy to be applied', async () => {
      const found = (await world.admin.send({ method: 'GET', path: tasks }, 200)).body;
      task = listAt(found).find((one) => textAt(one, 'repository').endsWith('retained'));
      return valueAt(task, 'status') === 'Success';
    });
    const id = numberAt(task, 'id');
    const log = await world.admin.send({ method: 'GET', path: `${tasks}/${id}` }, 200);
    return { task, log: typeof log.body === 'string' ? log.body : '' };
  }

  function assertMark(log: string, tag: string, mark: string): void {
    const line = log.split('\n').find((text) => text.includes(`| ${tag} `)) ?? '';
    assertIncludes(line, `| ${mark}`, `what is said of ${tag}`);
  }

  return [
    {
      name: 'skopeo pushes five tags; a policy keeps the latest two, a rule protects v1',
      async run() {
        for (const tag of TAGS) await world.push(await world.createLayout(), `retained:${tag}`);
        const immutable = {
          action: 'immutable',
          template: 'immutable_template',
          tag_selectors: [{ ...everyTag, pattern: 'v1' }],
          scope_selectors: { repository: [repository] },
        };
        const rules = `/projects/${PROJECT}/immutabletagrules`;
        await world.admin.send({ method: 'POST', path: rules, body: immutable }, 201);
        const body = {
          algorithm: 'or',
          rules: [
            {
              action: 'retain',
              template: 'latestPushedK',
              params: { latestPushedK: 2 },
              tag_selectors: [everyTag],
              scope_selectors: { repository: [repository] },
            },
          ],
          trigger: { kind: 'Schedule', settings: { cron: '' } },
          scope: { level: 'project', ref: await world.projectId() },
        };
        const made = await world.admin.send({ method: 'POST', path: '/retentions', body }, 201);
        policy = `/retentions/${made.location?.split('/').at(-1)}`;
      },
    },
    {
      name: 'a dry run tells tag by tag what would go, and skopeo lists all of them',
      async run() {
        const { task, log } = await apply(true);
        const told = [numberAt(task, 'total'), numberAt(task, 'retained')];
        assertEqual(told, [5, 3], 'total and retained');
        for (const tag of ['v2', 'v3']) assertMark(log, tag, 'DEL');
        for (const tag of ['v4', 'v5']) assertMark(log, tag, 'RETAIN');
        assertMark(log, 'v1', 'IMMUTABLE');
        assertEqual((await world.listTags('retained')).toSorted(), TAGS, 'tags');
      },
    },
    {
      name: 'the run does what the dry run said: skopeo lists the kept ones and the immutable one',
      async run() {
        const { log } = await apply(false);
        for (const tag of ['v2', 'v3']) assertMark(log, tag, 'DEL');
        const left = (await world.listTags('retained')).toSorted();
        assertEqual(left, ['v1', 'v4', 'v5'], 'tags');
      },
    },
  ];
}

/** Old entries of the audit log go, of the kinds that were named. */
export function createPurgeSteps(world: LifecycleWorld): Step[] {
  const parameters = {
    audit_retention_hour: 24,
    include_event_types: 'create_artifact,pull_artifact',
    dry_run: false,
  };
  let [old, created, deleted] = [0, 0, 0];
  return [
    {
      name: 'a dry run of the audit purge counts old pushes, and deletes none',
      async run() {
        old = await world.ageAudit(30);
        if (old < 8) throw new Error(`only ${old} pushes are in the audit log`);
        [created, deleted] = [await world.countAudit('create'), await world.countAudit('delete')];
        const { told, log } = await world.run('purgeaudit', { ...parameters, dry_run: true });
        assertEqual(numberAt(told, 'purged_entries'), old, 'entries');
        assertIncludes(log, `[DRYRUN] Purged ${old} audit logs`, 'log');
      },
    },
    {
      name: 'the purge deletes them, and nothing younger or of another kind',
      async run() {
        const { told } = await world.run('purgeaudit', parameters);
        assertEqual(numberAt(told, 'purged_entries'), old, 'entries');
        // The dry run and this run were asked for by a `create` each.
        assertEqual(await world.countAudit('create'), created - old + 2, 'create');
        assertEqual(await world.countAudit('delete'), deleted, 'delete');
      },
    },
  ];
}

/** A queue that is paused takes work, and begins none. */
export function createQueueSteps(world: LifecycleWorld): Step[] {
  const path = '/jobservice/queues/GARBAGE_COLLECTION';
  const act = (action: string) => world.admin.send({ method: 'PUT', path, body: { action } }, 200);
  const readQueue = async () => {
    const request = { method: 'GET', path: '/jobservice/queues' } as const;
    const queues = listAt((await world.admin.send(request, 200)).body);
    return queues.find((queue) => valueAt(queue, 'job_type') === 'GARBAGE_COLLECTION');
  };
  let waiting = '';
  return [
    {
      name: 'a collection in a paused queue waits while others run',
      async run() {
        await act('pause');
        waiting = await world.begin('gc', { dry_run: true });
        const parameters = { audit_retention_hour: 0, include_event_types: 'create_user' };
        for (let run = 0; run < 3; run += 1) await world.run('purgeaudit', parameters);
        // As Harbor shows what waits, too.
        assertEqual(await world.statusOf(waiting), 'Running', 'status');
        const queue = await readQueue();
        const shown = [valueAt(queue, 'paused'), valueAt(queue, 'count')];
        assertEqual(shown, [true, 1], 'paused and count');
      },
    },
    {
      name: 'resumed, it runs',
      async run() {
        await act('resume');
        assertEqual((await world.finish(waiting)).status, 'Success', 'status');
        assertEqual(valueAt(await readQueue(), 'paused'), false, 'paused');
      },
    },
  ];
}
