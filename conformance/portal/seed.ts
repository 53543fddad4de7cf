import { waitUntil } from '../clients/artifact-images.ts';
import { listAt, numberAt, textAt, valueAt } from '../clients/assertion.ts';
import { startWebhookReceiver } from '../clients/webhook-receiver.ts';
import { seedImages } from './seed-images.ts';

/** Where to seed, and in which language people wrote there. */
export interface SeedPlace {
  readonly url: string;
  readonly password: string;
  readonly language: 'en' | 'zh';
  api(method: string, path: string, status: number, body?: unknown): Promise<unknown>;
}

export const PEOPLE = {
  anna: ['Anna Lindholm', '林安娜'],
  ben: ['Ben Okafor', '陈本'],
  chen: ['Chen Wei', '陈伟'],
  dora: ['Dora Novak', '杜若拉'],
} as const;
export const PERSON_PASSWORD = 'Harbour-9-lights';

const MIB = 1024 ** 2;
const PROJECTS = [
  { name: 'payments', isPublic: false, limit: 42 * MIB },
  { name: 'platform', isPublic: true, limit: -1 },
  { name: 'web', isPublic: false, limit: 16 * MIB },
  { name: 'data-science', isPublic: false, limit: 64 * MIB },
  { name: 'mobile', isPublic: false, limit: 8 * MIB },
  { name: 'observability', isPublic: true, limit: -1 },
] as const;

const everyTag = { kind: 'doublestar', decoration: 'matches', pattern: '**' };
const everyRepository = { kind: 'doublestar', decoration: 'repoMatches', pattern: '**' };
const FINAL = new Set(['Success', 'Error', 'Stopped']);

/** A registry as a company of some hundred people has it. */
export async function seedRegistry(place: SeedPlace): Promise<void> {
  const say = (english: string, chinese: string) => (place.language === 'en' ? english : chinese);
  for (const [username, [english, chinese]] of Object.entries(PEOPLE)) {
    await place.api('POST', '/api/v2.0/users', 201, {
      username,
      email: `${username}@example.com`,
      realname: say(english, chinese),
      password: PERSON_PASSWORD,
      comment: '',
    });
  }
  for (const { name, isPublic, limit } of PROJECTS) {
    await place.api('POST', '/api/v2.0/projects', 201, {
      project_name: name,
      metadata: { public: String(isPublic) },
      storage_limit: limit,
    });
  }
  const receiver = await startWebhookReceiver();
  try {
    await seedPolicies(place, receiver.port, say);
    await seedImages(place, say);
    await receiver.waitFor(() => true, 0);
  } finally {
    await receiver.stop();
  }
  await seedPeople(place, say);
  await seedJobs(place);
}

type Say = (english: string, chinese: string) => string;

async function seedPolicies(place: SeedPlace, port: number, say: Say): Promise<void> {
  await place.api('POST', '/api/v2.0/projects/payments/webhook/policies', 201, {
    name: 'deploy',
    description: say('Tells the deployment of new images', '通知部署系统'),
    enabled: true,
    event_types: ['PUSH_ARTIFACT', 'DELETE_ARTIFACT'],
    targets: [{ type: 'http', address: `http://127.0.0.1:${port}/hooks/deploy` }],
  });
  await place.api('POST', '/api/v2.0/projects/payments/immutabletagrules', 201, {
    action: 'immutable',
    template: 'immutable_template',
    tag_selectors: [{ ...everyTag, pattern: 'v*' }],
    scope_selectors: { repository: [{ ...everyRepository, pattern: 'ledger' }] },
  });
  const payments = await place.api('GET', '/api/v2.0/projects/payments', 200);
  const rule = (template: string, count: number, pattern: string) => ({
    action: 'retain',
    template,
    params: { [template]: count },
    tag_selectors: [{ ...everyTag, pattern }],
    scope_selectors: { repository: [everyRepository] },
  });
  await place.api('POST', '/api/v2.0/retentions', 201, {
    algorithm: 'or',
    rules: [rule('latestPushedK', 3, 'v*'), rule('nDaysSinceLastPull', 30, '**')],
    trigger: { kind: 'Schedule', settings: { cron: '0 0 2 * * *' } },
    scope: { level: 'project', ref: numberAt(payments, 'project_id') },
  });
  const labels = [
    { name: 'approved', color: '#48960C', scope: 'g', text: ['Passed the review', '已审核'] },
    { name: 'deprecated', color: '#F57600', scope: 'g', text: ['Use something newer', '已弃用'] },
    { name: 'pci', color: '#0065AB', scope: 'p', text: ['In scope of PCI DSS', '支付范围'] },
  ] as const;
  for (const { name, color, scope, text } of labels) {
    await place.api('POST', '/api/v2.0/labels', 201, {
      name,
      color,
      scope,
      description: say(text[0], text[1]),
      ...(scope === 'p' && { project_id: numberAt(payments, 'project_id') }),
    });
  }
}

async function seedPeople(place: SeedPlace, say: Say): Promise<void> {
  const roles = { anna: 1, ben: 2, chen: 4, dora: 3 };
  for (const project of ['payments', 'web']) {
    for (const [username, role_id] of Object.entries(roles)) {
      await place.api('POST', `/api/v2.0/projects/${project}/members`, 201, {
        role_id,
        member_user: { username },
      });
    }
  }
  const repository = ['pull', 'push'].map((action) => ({ resource: 'repository', action }));
  const robots = [
    { name: 'ci', project: 'payments', level: 'project', text: ['Builds images', '构建镜像'] },
    { name: 'cluster-eu', project: 'payments', level: 'project', text: ['Pulls', '拉取镜像'] },
    { name: 'backup', project: 'platform', level: 'system', text: ['Nightly copies', '每晚备份'] },
  ] as const;
  for (const { name, project, level, text } of robots) {
    await place.api('POST', '/api/v2.0/robots', 201, {
      name,
      level,
      description: say(text[0], text[1]),
      duration: name === 'ci' ? -1 : 90,
      permissions: [{ kind: 'project', namespace: project, access: repository }],
    });
  }
  await place.api('POST', '/api/v2.0/usergroups', 201, { group_name: 'engineers', group_type: 3 });
  await place.api('POST', '/api/v2.0/users/current/tokens', 201, {
    name: 'laptop',
    scopes: ['registry:pull', 'api:read'],
  });
}

/** Runs that have ended, with their logs. */
async function seedJobs(place: SeedPlace): Promise<void> {
  const retention = await place.api('GET', '/api/v2.0/projects/payments', 200);
  const policy = textAt(retention, 'metadata', 'retention_id');
  const executions = `/api/v2.0/retentions/${policy}/executions`;
  await place.api('POST', executions, 201, { dry_run: true });
  const byHand = { schedule: { type: 'Manual' } };
  await place.api('POST', '/api/v2.0/system/gc/schedule', 201, {
    ...byHand,
    parameters: { dry_run: true },
  });
  await endOf(place, '/api/v2.0/system/gc');
  await place.api('POST', '/api/v2.0/system/gc/schedule', 201, {
    ...byHand,
    parameters: { purge_deleted: false },
  });
  await place.api('POST', '/api/v2.0/system/purgeaudit/schedule', 201, {
    ...byHand,
    parameters: {
      audit_retention_hour: 720,
      include_event_types: 'create_artifact,pull_artifact',
      dry_run: true,
    },
  });
  await endOf(place, '/api/v2.0/system/gc');
  await endOf(place, '/api/v2.0/system/purgeaudit');
  await waitUntil('the retention to end', async () =>
    FINAL.has(
      String(valueAt(await place.api('GET', executions, 200), 0, 'status')).replace(
        'Succeed',
        'Success',
      ),
    ),
  );
}

async function endOf(place: SeedPlace, path: string): Promise<void> {
  await waitUntil(`${path} to end`, async () =>
    listAt(await place.api('GET', path, 200)).every((run) => FINAL.has(textAt(run, 'job_status'))),
  );
}
