import { ensureContent } from './content.ts';
import { listOf, parseOperations, recordOf } from './document.ts';
import type { createSender, FuzzAnswer } from './send.ts';
import { ensureWork } from './work.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** What is in the registry for requests to hit, and to spoil. */
export interface World {
  readonly user: Credentials;
  /** Ids of the accounts that requests are made as: they must stay. */
  readonly keptUserIds: ReadonlySet<number>;
  readonly hints: ReadonlyMap<string, readonly unknown[]>;
}

type Send = ReturnType<typeof createSender>['send'];
/** One call of the REST API as the administrator. */
export type Call = (method: string, target: string, body?: object) => Promise<FuzzAnswer>;

const PASSWORD = 'Fuzz-password-12345';
const USER = 'fuzz-user';
const PROJECTS = ['fuzz-public', 'fuzz-private', 'fuzz-other', '12345'];
/** Where there is something to hit: mostly in the first one. */
const CONTENT = Array.from({ length: 8 }, (_, n) => (n < 6 ? 'fuzz-private' : 'fuzz-public'));
const ACCOUNTS = ['fuzz-a', 'fuzz-b', 'fuzz-c'];

const PULL = { resource: 'repository', action: 'pull' };

function robotNamed(name: string) {
  return {
    name,
    level: 'project',
    duration: -1,
    permissions: [{ kind: 'project', namespace: 'fuzz-private', access: [PULL] }],
  };
}

/** Bodies that succeed, at least once, by operation: chance alone would hardly find them. */
const bodies: readonly [string, readonly unknown[]][] = [
  [
    'createUser',
    ['d', 'e', 'f'].map((letter) => ({
      username: `fuzz-${letter}`,
      email: `${letter}@fuzz.example`,
      realname: letter,
      password: PASSWORD,
    })),
  ],
  ['updateUserProfile', [{ email: 'changed@test.example', realname: 'Changed', comment: '' }]],
  ['updateUserPassword', [{ old_password: PASSWORD, new_password: 'Another-password-1' }]],
  ['login', [{ principal: USER, password: PASSWORD }]],
  ['createUserGroup', [1, 2, 3].map((n) => ({ group_name: `fuzz-${n}`, group_type: 3 }))],
  ['updateUserGroup', [{ group_name: 'fuzz-renamed' }]],
  ['createProject', [1, 2, 3].map((n) => ({ project_name: `fuzz-new-${n}` }))],
  [
    'createProjectMember',
    [2, 4].map((role_id) => ({ role_id, member_user: { username: 'fuzz-b' } })),
  ],
  ['updateProjectMember', [{ role_id: 2 }, { role_id: 3 }]],
  ['addProjectMetadatas', [{ auto_scan: 'true' }, { severity: 'low' }, { prevent_vul: 'false' }]],
  ['updateProjectMetadata', [{ public: 'true' }, { severity: 'high' }, { auto_scan: 'false' }]],
  ['CreateRobot', [robotNamed('fuzz-robot-1'), robotNamed('fuzz-robot-2')]],
  ['UpdateRobot', [{ ...robotNamed('robot$fuzz-private+fuzz-robot'), disable: true }]],
  ['RefreshSec', [{}, { secret: '' }, { secret: PASSWORD }]],
  ['updateQuota', [{ hard: { storage: -1 } }, { hard: { storage: 1_000_000 } }]],
  [
    'updateConfigurations',
    [
      { banner_message: '{"message":"fuzz"}' },
      { project_creation_restriction: 'everyone', token_expiration: 45 },
      { disabled_audit_log_event_types: 'pull_artifact', storage_per_project: '1000000' },
    ],
  ],
];

export function basicOf({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** Calls as the administrator. */
export function createCall(send: Send, administrator: Credentials): Call {
  return (method, target, body) =>
    send({
      method,
      target: `/api/v2.0${target}`,
      headers: { authorization: basicOf(administrator), 'content-type': 'application/json' },
      body: body === undefined ? undefined : Buffer.from(JSON.stringify(body)),
    });
}

/** Makes what is missing, and looks up what is there. @throws Error when the registry refuses */
export async function ensureWorld(
  call: Call,
  url: string,
  administrator: Credentials,
): Promise<World> {
  for (const username of [USER, ...ACCOUNTS]) {
    const email = `${username}@test.example`;
    const account = { username, email, realname: username, password: PASSWORD };
    await ensure(call, '/users', account);
  }
  for (const [index, name] of PROJECTS.entries()) {
    const metadata = { public: String(index === 0) };
    await ensure(call, '/projects', { project_name: name, metadata });
  }
  await ensure(call, '/usergroups', { group_name: 'fuzz-group', group_type: 3 });
  await ensure(call, '/projects/fuzz-private/members', {
    role_id: 1,
    member_user: { username: USER },
  });
  await ensure(call, '/projects/fuzz-private/members', {
    role_id: 3,
    member_user: { username: 'fuzz-a' },
  });
  await ensure(call, '/robots', robotNamed('fuzz-robot'));
  const content = await ensureContent(call, url, administrator);
  const { hints, ...world } = await describe(call);
  return { ...world, hints: new Map([...hints, ...content, ...(await ensureWork(call))]) };
}

async function ensure(call: Call, target: string, body: object): Promise<void> {
  const { status, body: answer } = await call('POST', target, body);
  if (status !== 201 && status !== 409) {
    throw new Error(`POST ${target}: ${status} ${answer.toString()}`);
  }
}

async function describe(call: Call): Promise<World> {
  const users = await list(call, '/users?page_size=100&sort=user_id');
  const members = await list(call, '/projects/fuzz-private/members');
  const projects = await list(call, '/projects?page_size=100');
  const project = projects.find((one) => one['name'] === 'fuzz-private')?.['project_id'];
  const robots = await list(call, `/robots?q=Level%3Dproject,ProjectID%3D${Number(project)}`);
  const groups = await list(call, '/usergroups');
  const idOf = (username: string) =>
    users.find((user) => user['username'] === username)?.['user_id'];
  const kept = [1, Number(idOf(USER))];
  const ids = (rows: readonly Record<string, unknown>[], key: string) =>
    rows.map((row) => row[key]);
  const others = ACCOUNTS.map(idOf);
  const projectIds = ids(projects, 'project_id');
  const roles = [1, 2, 3, 4, 5];
  return {
    user: { username: USER, password: PASSWORD },
    keptUserIds: new Set(kept),
    hints: new Map<string, readonly unknown[]>([
      ...bodies,
      ['project_name_or_id', [...PROJECTS, ...CONTENT, 'library', ...projectIds]],
      ['project_name', [...PROJECTS, ...CONTENT, 'library', 'fuzz-new-1']],
      ['namespace', ['*', '/', ...PROJECTS]],
      ['level', ['project', 'system']],
      ['access', [[PULL]]],
      ['resource', ['repository', 'project', 'robot', 'audit-log']],
      ['action', ['pull', 'push', 'list', 'read', 'create']],
      ['duration', [-1, 1, 30]],
      ['user_id', [...others, ...others, ...kept]],
      ['username', [...ACCOUNTS, USER, 'fuzz-new']],
      ['email', ['x@test.example', 'y@test.example']],
      ['realname', ['Somebody', 'fuzz-a']],
      ['password', [PASSWORD, 'weak']],
      ['new_password', ['Another-password-1', 'weak']],
      ['mid', ids(members, 'id')],
      ['role_id', roles],
      ['robot_id', [...ids(robots, 'id'), 1, 2, 3]],
      ['group_id', [...ids(groups, 'id'), 1, 2]],
      ['group_name', ['fuzz-group', 'fuzz-group-2']],
      ['group_type', [1, 2, 3]],
      ['id', [1, 2, 3]],
      ['token_id', [1, 2, 3]],
      ['meta_name', ['public', 'severity', 'auto_scan', 'retention_id', 'nothing']],
      ['(key)', ['public', 'severity', 'auto_scan', 'prevent_vul', 'nothing']],
      ['(value)', ['true', 'false', 'low', '1']],
      ['file', ['swagger-ui.css', 'index.html', '..']],
      ['scope', ['/system', '/project/1', '/project/999', 'g', 'g', 'p']],
      ['url', ['http://127.0.0.1:1', 'https://localhost:1']],
      ['ldap_url', ['ldap://127.0.0.1:1']],
      ['oidc_endpoint', ['http://127.0.0.1:1']],
      ['storage', [-1, 1_048_576]],
      ['storage_limit', [-1, 0, 1_048_576]],
      ['registry_id', [null, 0]],
      ['public', ['true', 'false']],
      ['metadata', [{ public: 'true' }, { severity: 'high', auto_scan: 'true' }]],
      ['items', [[{ cve_id: 'CVE-2024-0001' }], []]],
      ['page', [1, 2]],
      ['page_size', [1, 10, 100]],
    ]),
  };
}

async function list(call: Call, target: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await call('GET', target);
  if (status !== 200) throw new Error(`GET ${target}: ${status} ${body.toString()}`);
  return listOf(JSON.parse(body.toString())).map((row) => Object.fromEntries(recordOf(row)));
}

/** The operations that the registry says it has. */
export async function readOperations(call: Call) {
  const { body } = await call('GET', '/openapi.json');
  const operations = parseOperations(JSON.parse(body.toString()));
  // Its answer has no end.
  return operations.filter(({ id }) => id !== 'streamChanges');
}
