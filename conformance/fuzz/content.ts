import { createRegistryClient, type RegistryClient, RegistryError } from '@berth/client';
import { isDigest } from '@berth/oci';
import { tgzOf } from '../../server/src/archives/tar-archive.fixture.ts';
import { addImage, addPlatforms, createDataSet, type DataSet, encodeJson } from '../data.ts';
import { listOf, recordOf } from './document.ts';
import type { Call, Credentials } from './world.ts';

const REPOSITORIES = ['fuzz-app', 'fuzz-team/fuzz-app'];
const PROJECT = 'fuzz-private';
const TAGS = ['fuzz-1.0', 'fuzz-latest'];

function ruleFor(pattern: string): object {
  return {
    tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern }],
    scope_selectors: {
      repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
    },
  };
}

function policyNamed(name: string): object {
  const targets = [{ type: 'http', address: 'http://127.0.0.1:1/hook', auth_header: 'Bearer x' }];
  return { name, enabled: true, targets, event_types: ['PUSH_ARTIFACT', 'DELETE_ARTIFACT'] };
}

/** Bodies that succeed, by operation. */
const contentBodies: readonly [string, readonly unknown[]][] = [
  ['updateRepository', [{ description: 'fuzz' }, { description: '' }]],
  ['createTag', [1, 2, 3].map((n) => ({ name: `fuzz-tag-${n}` }))],
  [
    'CreateLabel',
    [
      { name: 'fuzz-label-1', scope: 'g' },
      { name: 'fuzz-label-2', scope: 'g', color: '#fff', description: 'x' },
    ],
  ],
  ['UpdateLabel', [{ name: 'fuzz-label-3' }, { name: 'fuzz-label-4', color: 'red' }]],
  ['CreateImmuRule', ['a*', 'b?', '{c,d}*'].map((pattern) => ruleFor(`never-${pattern}`))],
  ['CreateWebhookPolicyOfProject', [1, 2, 3].map((n) => policyNamed(`fuzz-hook-${n}`))],
  ['UpdateWebhookPolicyOfProject', [policyNamed('fuzz-hook'), policyNamed('fuzz-hook-4')]],
];

/**
 * Pushes what is missing, makes labels, rules and webhook policies, and looks all of it up.
 *
 * @throws Error when the registry does not take what it must
 */
export async function ensureContent(
  call: Call,
  url: string,
  administrator: Credentials,
): Promise<readonly [string, readonly unknown[]][]> {
  const client = createRegistryClient({ url, ...administrator });
  await call('POST', '/labels', { name: 'fuzz-label', scope: 'g' });
  await call('POST', `/projects/${PROJECT}/immutabletagrules`, ruleFor('never'));
  await call('POST', `/projects/${PROJECT}/webhook/policies`, policyNamed('fuzz-hook'));
  // The policy tells of the pushes, so that there are executions.
  for (const project of [PROJECT, 'fuzz-public']) {
    for (const repository of REPOSITORIES) await ensureImages(client, `${project}/${repository}`);
  }
  return describe(call);
}

async function ensureImages(client: RegistryClient, repository: string): Promise<void> {
  try {
    if ((await client.manifestFind(repository, 'fuzz-chart')) !== undefined) return;
    await push(client, repository);
  } catch (error) {
    // A rule or a quota that the fuzzer made may stand in the way: then others are there to hit.
    if (!(error instanceof RegistryError)) throw error;
  }
}

async function push(client: RegistryClient, repository: string): Promise<void> {
  const set = createDataSet();
  const image = addImage(set, { tags: TAGS });
  addImage(set, { subject: image, artifactType: 'application/vnd.cncf.notary.signature' });
  addPlatforms(set, { tags: ['fuzz-index'] });
  addImage(set);
  addChart(set);
  for (const [digest, bytes] of set.blobs) await client.blobPush(repository, digest, bytes);
  for (const { bytes, descriptor, tags } of set.manifests) {
    const { digest, mediaType } = descriptor;
    await client.manifestPut(repository, digest, bytes, mediaType, { tags });
  }
}

function addChart(set: DataSet): void {
  const archive = tgzOf([
    { name: 'fuzz/Chart.yaml', content: 'name: fuzz\nversion: 1.0.0\n' },
    { name: 'fuzz/values.yaml', content: 'a: 1\n' },
    { name: 'fuzz/README.md', content: '# fuzz\n' },
  ]);
  addImage(set, {
    config: {
      mediaType: 'application/vnd.cncf.helm.config.v1+json',
      bytes: encodeJson({ name: 'fuzz', version: '1.0.0' }),
    },
    layerCount: 1,
    layerType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip',
    layerBytes: new Uint8Array(archive),
    tags: ['fuzz-chart'],
  });
}

async function describe(call: Call): Promise<readonly [string, readonly unknown[]][]> {
  const path = `/projects/${PROJECT}`;
  const artifacts = await list(call, `${path}/artifacts?page_size=100&q=base%3D*`);
  const deleted = await list(call, `${path}/deleted-artifacts?page_size=20`);
  const labels = await list(call, '/labels?scope=g');
  const rules = await list(call, `${path}/immutabletagrules`);
  const policies = await list(call, `${path}/webhook/policies`);
  const policy = Number(policies[0]?.['id'] ?? 0);
  const executions = await list(call, `${path}/webhook/policies/${policy}/executions`);
  const execution = Number(executions[0]?.['id'] ?? 0);
  const tasks = await list(
    call,
    `${path}/webhook/policies/${policy}/executions/${execution}/tasks`,
  );
  const digests = [...artifacts, ...deleted].map(({ digest }) => digest).filter(isDigestText);
  const ids = (rows: readonly Record<string, unknown>[]) => rows.map(({ id }) => id);
  const tags = [...TAGS, 'fuzz-index', 'fuzz-chart'];
  const names = REPOSITORIES.flatMap((name) => [name, encodeURIComponent(name)]);
  return [
    ...contentBodies,
    ['addLabel', ids(labels).map((id) => ({ id }))],
    ['UpdateImmuRule', ids(rules).map((id) => ({ ...ruleFor(`never-${String(id)}`), id }))],
    ['restoreTag', digests.map((digest) => ({ digest }))],
    ['repository_name', names],
    ['reference', [...tags, ...tags, ...tags, ...digests]],
    ['tag_name', [...TAGS, 'fuzz-tag-1', 'fuzz-tag-2']],
    ['digest', ['sha256:'.padEnd(71, '0'), ...digests]],
    ['from', REPOSITORIES.map((name) => `${PROJECT}/${name}:${TAGS[0]}`)],
    ['addition', ['build_history', 'values.yaml', 'readme.md', 'dependencies']],
    ['label_id', [...ids(labels), 1]],
    ['immutable_rule_id', ids(rules)],
    ['webhook_policy_id', [...ids(policies), policy, policy]],
    ['policy_id', [...ids(policies), policy, policy]],
    ['execution_id', ids(executions)],
    ['task_id', ids(tasks)],
    ['event_types', [['PUSH_ARTIFACT'], ['PULL_ARTIFACT', 'QUOTA_EXCEED']]],
    ['kind', ['project', 'system', 'doublestar', 'regex']],
    ['decoration', ['matches', 'excludes', 'repoMatches', 'repoExcludes']],
    ['pattern', ['**', 'never-*', '{a,b}', '[a-z]*', '(']],
  ];
}

function isDigestText(value: unknown): value is string {
  return typeof value === 'string' && isDigest(value);
}

/** Of what the fuzzer deleted in between there is nothing. */
async function list(call: Call, target: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await call('GET', target);
  if (status === 404) return [];
  if (status !== 200) throw new Error(`GET ${target}: ${status} ${body.toString()}`);
  return listOf(JSON.parse(body.toString())).map((row) => Object.fromEntries(recordOf(row)));
}
