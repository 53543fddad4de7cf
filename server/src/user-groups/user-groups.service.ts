import { GROUP_TYPE } from '../identity/index.ts';
import { AppError } from '../lib/index.ts';
import type { UserGroupFilter, UserGroupRepository } from './user-group.repository.ts';
import type { NewUserGroup, UserGroup } from './user-group.ts';

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export type GroupReference =
  | { readonly ldapDn: string; readonly name?: string | undefined }
  | { readonly name: string; readonly type: number };

export interface UserGroupsService {
  /** Of the sources that are in use. */
  listGroups(
    filter: Omit<UserGroupFilter, 'types'>,
    page: Page,
  ): Promise<{ groups: UserGroup[]; total: number }>;
  /** By part of the name, of all sources; none for no part. */
  searchGroups(part: string, page: Page): Promise<{ groups: UserGroup[]; total: number }>;
  findGroup(id: number): Promise<UserGroup | undefined>;
  /** @throws AppError invalid (id below 1), not-found */
  getGroup(id: number): Promise<UserGroup>;
  /** @throws AppError invalid: no name, no such LDAP group; conflict */
  createGroup(group: NewUserGroup): Promise<UserGroup>;
  /** @throws AppError invalid: no name, no such LDAP group */
  ensureGroup(reference: GroupReference): Promise<UserGroup>;
  /** Gives the group as it was. @throws AppError invalid, not-found, conflict */
  renameGroup(id: number, name: string): Promise<UserGroup>;
  /** Gives the group that was; its memberships end. @throws AppError invalid, not-found */
  deleteGroup(id: number): Promise<UserGroup>;
}

export interface UserGroupsPorts {
  readonly groups: UserGroupRepository;
  /** The types of groups that the sources in use have; undefined: all. */
  groupTypes(): readonly number[] | undefined;
  /** @throws AppError invalid: no DN, or no directory; unavailable */
  findLdapGroup(dn: string): Promise<{ readonly dn: string; readonly name: string } | undefined>;
  /** Makes every replica forget what it knows of the user. */
  changed(userId: number): Promise<void>;
  /** Makes every replica forget what it knows of the project. */
  announceProject(name: string): Promise<void>;
}

export function createUserGroupsService(ports: UserGroupsPorts): UserGroupsService {
  return new UserGroups(ports);
}

const types: ReadonlySet<number> = new Set(Object.values(GROUP_TYPE));

class UserGroups implements UserGroupsService {
  readonly #ports: UserGroupsPorts;

  constructor(ports: UserGroupsPorts) {
    this.#ports = ports;
  }

  listGroups(
    filter: Omit<UserGroupFilter, 'types'>,
    page: Page,
  ): Promise<{ groups: UserGroup[]; total: number }> {
    const types = this.#ports.groupTypes();
    return this.#ports.groups.list({ ...filter, types }, page);
  }

  async searchGroups(part: string, page: Page): Promise<{ groups: UserGroup[]; total: number }> {
    if (part === '') return { groups: [], total: 0 };
    return this.#ports.groups.list({ name: part }, page);
  }

  findGroup(id: number): Promise<UserGroup | undefined> {
    return this.#ports.groups.find(id);
  }

  async getGroup(id: number): Promise<UserGroup> {
    if (id <= 0) throw new AppError('invalid', 'the id of a user group is above 0');
    const group = await this.findGroup(id);
    if (group === undefined) throw groupNotFound(id);
    return group;
  }

  async createGroup(group: NewUserGroup): Promise<UserGroup> {
    checkName(group.name);
    const created = await this.#ports.groups.create(await this.#verify(group));
    if (created === undefined) {
      throw new AppError('conflict', 'there is a user group with this name or DN already');
    }
    return created;
  }

  async ensureGroup(reference: GroupReference): Promise<UserGroup> {
    if (!('ldapDn' in reference)) {
      checkName(reference.name);
      return this.#ports.groups.ensure(await this.#verify({ ...reference, ldapDn: '' }));
    }
    const { ldapDn, name = '' } = reference;
    const found = await this.#getLdapGroup(ldapDn);
    const given = name.trim() === '' ? found.name : name;
    return this.#ports.groups.ensure({ name: given, type: GROUP_TYPE.ldap, ldapDn: found.dn });
  }

  async renameGroup(id: number, name: string): Promise<UserGroup> {
    const group = await this.getGroup(id);
    checkName(name);
    const outcome = await this.#ports.groups.rename(id, name);
    if (outcome === 'absent') throw groupNotFound(id);
    if (outcome === 'taken') {
      throw new AppError('conflict', 'there is a user group with this name already');
    }
    for (const userId of outcome.userIds) await this.#ports.changed(userId);
    for (const project of outcome.projects) await this.#ports.announceProject(project);
    return group;
  }

  async deleteGroup(id: number): Promise<UserGroup> {
    const group = await this.getGroup(id);
    const { groups, announceProject } = this.#ports;
    const projects = await groups.delete(id);
    if (projects === undefined) throw groupNotFound(id);
    for (const name of projects) await announceProject(name);
    return group;
  }

  /** The group with the DN as the directory spells it. @throws AppError invalid */
  async #verify({ name, type, ldapDn }: NewUserGroup): Promise<NewUserGroup> {
    if (!types.has(type)) {
      throw new AppError('invalid', 'group_type must be 1 (LDAP), 2 (auth proxy) or 3 (OIDC)');
    }
    if (type === GROUP_TYPE.ldap) {
      return { name, type, ldapDn: (await this.#getLdapGroup(ldapDn)).dn };
    }
    if (ldapDn !== '') throw new AppError('invalid', 'only LDAP groups have a DN');
    return { name, type, ldapDn };
  }

  async #getLdapGroup(dn: string): Promise<{ readonly dn: string; readonly name: string }> {
    if (dn.trim() === '') throw new AppError('invalid', 'an LDAP group needs its DN');
    const found = await this.#ports.findLdapGroup(dn);
    if (found === undefined) throw new AppError('invalid', `LDAP Group DN is not found: DN:${dn}`);
    return found;
  }
}

function checkName(name: string): void {
  if (name.trim() === '') throw new AppError('invalid', 'the name of a user group is empty');
}

function groupNotFound(id: number): AppError {
  return new AppError('not-found', `user group ${id} not found`);
}
