import { randomHex } from '../data.ts';
import { basic } from '../registry.ts';
import { type Api, createdId, expectStatus, itemsOf, memberOf } from './api.ts';

export const PASSWORD = 'Passw0rd-of-all-1';

export const ROLE = { projectAdmin: 1, developer: 2, guest: 3, maintainer: 4, limitedGuest: 5 };

export interface Person {
  readonly id: number;
  readonly username: string;
  readonly authorization: string;
}

export interface Robot {
  readonly id: number;
  /** As made, without the prefix. */
  readonly name: string;
  readonly authorization: string;
}

export interface RobotPermission {
  readonly kind: 'system' | 'project';
  readonly namespace: string;
  readonly access: readonly object[];
  /** Patterns; absent is every repository. */
  readonly repositories?: readonly string[];
}

/** What the administrator does through the REST API to set a stage. */
export interface Stage {
  readonly api: Api;
  readonly admin: string;
  createPerson(username?: string): Promise<Person>;
  /** @returns the project's id */
  createProject(name: string, isPublic?: boolean): Promise<number>;
  /** @returns the member's id */
  addMember(project: string, userId: number, roleId: number): Promise<number>;
  createRobot(
    level: 'system' | 'project',
    permissions: readonly RobotPermission[],
    name?: string,
  ): Promise<Robot>;
  /** Everything that a robot may be given in the system and in a project. */
  getCatalogue(): Promise<{ system: object[]; project: object[] }>;
  findMember(project: string, username: string): Promise<number | undefined>;
}

export function createStage(api: Api, admin: string): Stage {
  const as = { authorization: admin };
  return {
    api,
    admin,
    async createPerson(username = `u${randomHex(5)}`) {
      const body = {
        username,
        realname: username,
        password: PASSWORD,
        email: `${username}-${randomHex(3)}@example.test`,
      };
      const made = await expectStatus(201, api('POST', '/users', { ...as, body }));
      return { id: createdId(made), username, authorization: basic(username, PASSWORD) };
    },
    async createProject(name, isPublic = false) {
      const body = { project_name: name, metadata: { public: String(isPublic) } };
      return createdId(await expectStatus(201, api('POST', '/projects', { ...as, body })));
    },
    async addMember(project, userId, roleId) {
      const body = { role_id: roleId, member_user: { user_id: userId } };
      const path = `/projects/${project}/members`;
      return createdId(await expectStatus(201, api('POST', path, { ...as, body })));
    },
    async createRobot(level, permissions, name = `r${randomHex(5)}`) {
      const body = { name, level, duration: -1, permissions };
      const { json } = await expectStatus(201, api('POST', '/robots', { ...as, body }));
      const authorization = basic(String(memberOf(json, 'name')), String(memberOf(json, 'secret')));
      return { id: Number(memberOf(json, 'id')), name, authorization };
    },
    async getCatalogue() {
      const { json } = await expectStatus(200, api('GET', '/permissions', as));
      return { system: listOf(json, 'system'), project: listOf(json, 'project') };
    },
    async findMember(project, username) {
      const path = `/projects/${project}/members?entityname=${username}`;
      const found = itemsOf(await api('GET', path, as)).find(
        (item) => memberOf(item, 'entity_name') === username,
      );
      return found === undefined ? undefined : Number(memberOf(found, 'id'));
    },
  };
}

function listOf(json: unknown, name: string): object[] {
  const list = memberOf(json, name);
  if (!Array.isArray(list)) throw new Error(`no ${name} in the catalogue`);
  return list;
}
