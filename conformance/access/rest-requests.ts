import { randomUUID } from 'node:crypto';
import { randomHex } from '../data.ts';
import type { Answer } from '../registry.ts';
import { createdId, expectStatus, memberOf } from './api.ts';
import type { Caller } from './caller.ts';
import { contentBodies, contentQueries } from './content-requests.ts';
import type { Fixture } from './fixture.ts';
import { PASSWORD } from './people.ts';
import { workBodies } from './work.ts';

/** A route as the OpenAPI document has it. */
export interface Route {
  readonly operationId: string;
  readonly method: string;
  /** Whole, with its parameters in braces. */
  readonly path: string;
  readonly takes: 'nothing' | 'json' | 'form';
}

/** What a request is about. */
export interface Target {
  /** By name. */
  readonly project: string;
  readonly projectId: number;
  /** Values of the path's other parameters. */
  readonly objects: Readonly<Record<string, string | number>>;
  readonly level: 'system' | 'project';
}

export const NO_ID = 999_999_999;
const NO_DIGEST = `sha256:${'0'.repeat(64)}`;

/** For objects that are of no project, or are none. */
export const nothing = {
  mid: NO_ID,
  robot_id: NO_ID,
  user_id: NO_ID,
  group_id: NO_ID,
  id: NO_ID,
  token_id: NO_ID,
  session_id: randomUUID(),
  meta_name: 'auto_scan',
  digest: NO_DIGEST,
  file: 'start.js',
  repository_name: 'none',
  reference: 'none',
  tag_name: 'none',
  addition: 'build_history',
  label_id: NO_ID,
  immutable_rule_id: NO_ID,
  webhook_policy_id: NO_ID,
  execution_id: NO_ID,
  eid: NO_ID,
  tid: NO_ID,
  gc_id: NO_ID,
  purge_id: NO_ID,
  job_id: randomUUID(),
  pool_id: randomUUID(),
  name: 'none',
  version: '0.0.0',
  job_type: 'all',
  task_id: NO_ID,
} as const;

export async function listRoutes({ api }: Fixture): Promise<Route[]> {
  const { json } = await expectStatus(200, api('GET', '/openapi.json'));
  const paths = Object.entries(Object(memberOf(json, 'paths')));
  return paths.flatMap(([path, item]) =>
    Object.entries(Object(item))
      .filter(([method]) => method !== 'parameters')
      .map(([method, operation]) => ({
        path,
        method: method.toUpperCase(),
        takes: bodyOf(operation),
        operationId: String(memberOf(operation, 'operationId')),
      })),
  );
}

function bodyOf(operation: unknown): Route['takes'] {
  const content = memberOf(memberOf(operation, 'requestBody'), 'content');
  if (content === undefined) return 'nothing';
  return memberOf(content, 'application/json') === undefined ? 'form' : 'json';
}

/** Bodies that get beyond the first check, and change nothing that matters. */
const bodies: Readonly<Record<string, (target: Target) => unknown>> = {
  updateProjectMember: () => ({ role_id: 5 }),
  updateUserPassword: () => ({ old_password: PASSWORD, new_password: 'weak' }),
  setUserSysAdmin: () => ({ sysadmin_flag: false }),
  RefreshSec: () => ({ secret: 'weak' }),
  createProject: () => ({ project_name: `made-${randomHex(5)}` }),
  ...contentBodies,
  ...workBodies,
  CreateRobot: ({ level, project }) => ({
    name: `made-${randomHex(5)}`,
    level,
    duration: 1,
    permissions: [
      level === 'system'
        ? { kind: 'system', namespace: '/', access: [{ resource: 'audit-log', action: 'list' }] }
        : {
            kind: 'project',
            namespace: project,
            access: [{ resource: 'repository', action: 'pull' }],
          },
    ],
  }),
};

const queries: Readonly<Record<string, (target: Target) => string>> = {
  ...contentQueries,
  ListRobot: ({ level, projectId }) =>
    level === 'system' ? '' : `?q=${encodeURIComponent(`Level=project,ProjectID=${projectId}`)}`,
};

/** Sends one request of a route as one caller. */
export function send(
  { api, admin }: Fixture,
  { operationId, method, path, takes }: Route,
  { authorization }: Caller,
  target: Target,
): Promise<Answer> {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) =>
    name.startsWith('project_name') ? target.project : String(target.objects[name]),
  );
  const query = queries[operationId]?.(target) ?? '';
  const body = takes === 'form' ? '' : (bodies[operationId]?.(target) ?? {});
  const isOwnAdmin = authorization === admin && operationId === 'updateUserPassword';
  return api(method, filled + query, {
    authorization,
    ...(takes !== 'nothing' && { form: takes === 'form' }),
    // The administrator's password is another one.
    ...(takes !== 'nothing' && {
      body: isOwnAdmin ? { old_password: passwordIn(admin), new_password: 'weak' } : body,
    }),
  });
}

function passwordIn(authorization: string): string {
  const text = Buffer.from(authorization.slice('Basic '.length), 'base64').toString();
  return text.slice(text.indexOf(':') + 1);
}

/** Makes again what requests delete. */
export class Supplies {
  readonly #fixture: Fixture;
  #group: number | undefined;
  #user: number | undefined;
  #robots = new Map<string, { id: number; authorization: string }>();

  constructor(fixture: Fixture) {
    this.#fixture = fixture;
  }

  async getMember(which: 'own' | 'foreign'): Promise<number> {
    const { name, prey } = this.#fixture[which];
    const id = await this.#fixture.findMember(name, prey.username);
    return id ?? this.#fixture.addMember(name, prey.id, 3);
  }

  async getGroup(): Promise<number> {
    const { api, admin } = this.#fixture;
    if (this.#group !== undefined && (await this.#exists(`/usergroups/${this.#group}`))) {
      return this.#group;
    }
    const body = { group_name: `g${randomHex(5)}`, group_type: 2 };
    const made = api('POST', '/usergroups', { authorization: admin, body });
    this.#group = createdId(await expectStatus(201, made));
    return this.#group;
  }

  /** A user that may be deleted. */
  async getUser(): Promise<number> {
    if (this.#user === undefined || !(await this.#exists(`/users/${this.#user}`))) {
      this.#user = (await this.#fixture.createPerson()).id;
    }
    return this.#user;
  }

  async getRobot(which: 'own' | 'foreign' | 'system'): Promise<number> {
    const known = this.#robots.get(which);
    if (known !== undefined && (await this.#exists(`/robots/${known.id}`))) return known.id;
    const access = [{ resource: 'repository', action: 'pull' }];
    const namespace = which === 'system' ? '*' : this.#fixture[which].name;
    const made = await this.#fixture.createRobot(which === 'system' ? 'system' : 'project', [
      { kind: 'project', namespace, access },
    ]);
    this.#robots.set(which, made);
    return made.id;
  }

  async putMetadata(which: 'own' | 'foreign'): Promise<void> {
    const { api, admin } = this.#fixture;
    const body = { auto_scan: 'false' };
    const path = `/projects/${this.#fixture[which].name}/metadatas`;
    const options = { authorization: admin, body };
    const put = await api('PUT', `${path}/auto_scan`, options);
    if (put.status !== 200) await expectStatus(200, api('POST', `${path}/`, options));
  }

  async #exists(path: string): Promise<boolean> {
    const { api, admin } = this.#fixture;
    return (await api('GET', path, { authorization: admin })).status === 200;
  }
}
