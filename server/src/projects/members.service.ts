import { isRole, type ProjectPolicy } from '../access/index.ts';
import { isForeignKeyViolation } from '../db/index.ts';
import { AppError, followUp } from '../lib/index.ts';
import type { Member, MemberEntity, MemberRepository } from './member.repository.ts';
import type { Announce } from './project-change.ts';

export type GroupToEnsure =
  | { readonly ldapDn: string; readonly name?: string | undefined }
  /** Harbor's types: 1 LDAP, 2 auth proxy, 3 OIDC. */
  | { readonly name: string; readonly type: number };

/** Finds who shall become a member; identity provides it. */
export interface MemberResolver {
  /** By name also in the directory, from where the user is taken over. */
  findUser(
    by: { readonly id: number } | { readonly username: string },
  ): Promise<{ readonly id: number; readonly username: string } | undefined>;
  findGroup(by: {
    readonly id: number;
  }): Promise<{ readonly id: number; readonly name: string } | undefined>;
  /** Undefined when the source of the groups has none of that name. */
  ensureGroup(
    group: GroupToEnsure,
  ): Promise<{ readonly id: number; readonly name: string } | undefined>;
}

/** Who shall become a member, as a client names it. */
export interface MemberOrder {
  readonly roleId: number;
  readonly user?: { readonly id?: number | undefined; readonly username?: string | undefined };
  readonly group?: {
    readonly id?: number | undefined;
    readonly name?: string | undefined;
    readonly type?: number | undefined;
    readonly ldapDn?: string | undefined;
  };
}

export interface MembersService {
  listMembers(
    project: ProjectPolicy,
    filter: { readonly name?: string | undefined },
    page: { offset: number; limit: number },
  ): Promise<{ members: Member[]; total: number }>;
  /** @throws AppError invalid (id 0), not-found */
  getMember(project: ProjectPolicy, id: number): Promise<Member>;
  /** @throws AppError invalid (nobody named, role), not-found, conflict (a member already) */
  addMember(project: ProjectPolicy, order: MemberOrder): Promise<Member>;
  /** @throws AppError invalid (id 0, role), not-found */
  updateMember(project: ProjectPolicy, id: number, roleId: number): Promise<Member>;
  /** Gives the member that was. @throws AppError invalid (id 0), not-found */
  deleteMember(project: ProjectPolicy, id: number): Promise<Member>;
}

export interface MembersPorts {
  readonly members: MemberRepository;
  readonly resolver: MemberResolver;
  /** Awaited before the caller is answered. */
  readonly announce: Announce;
}

export function createMembersService(ports: MembersPorts): MembersService {
  const { members, resolver, announce } = ports;

  async function getMember(project: ProjectPolicy, id: number): Promise<Member> {
    if (id === 0) throw new AppError('invalid', 'the id of a member is above 0');
    const member = await members.find(project.id, id);
    if (member === undefined) throw memberNotFound(id);
    return member;
  }

  return {
    listMembers: ({ id }, filter, page) => members.list(id, filter, page),
    getMember,
    async addMember(project, { roleId, ...who }) {
      checkRole(roleId);
      const entity = await resolve(resolver, who);
      const id = await followUp(
        () => create(members, project, entity, roleId),
        () => announce(project.name),
      );
      if (id === undefined) {
        throw new AppError('conflict', `${entity.name} is a member of the project already`);
      }
      return { id, projectId: project.id, roleId, entity };
    },
    async updateMember(project, id, roleId) {
      checkRole(roleId);
      const member = await getMember(project, id);
      const isUpdated = await followUp(
        () => members.updateRole(project.id, id, roleId),
        () => announce(project.name),
      );
      if (!isUpdated) throw memberNotFound(id);
      return { ...member, roleId };
    },
    async deleteMember(project, id) {
      const member = await getMember(project, id);
      const isDeleted = await followUp(
        () => members.delete(project.id, id),
        () => announce(project.name),
      );
      if (!isDeleted) throw memberNotFound(id);
      return member;
    },
  };
}

/** In Harbor's order: ids, then names. */
async function resolve(
  resolver: MemberResolver,
  { user = {}, group = {} }: Omit<MemberOrder, 'roleId'>,
): Promise<MemberEntity> {
  if (user.id) return asUser(await resolver.findUser({ id: user.id }), `user ${user.id}`);
  if (group.id) return asGroup(await resolver.findGroup({ id: group.id }), `group ${group.id}`);
  const { username } = user;
  if (username) return asUser(await resolver.findUser({ username }), `user ${username}`);
  const { ldapDn, name, type } = group;
  if (ldapDn) {
    const ensured = await resolver.ensureGroup({ ldapDn, ...(name && { name }) });
    return asGroup(ensured, `group ${ldapDn}`);
  }
  if (name && type) return asGroup(await resolver.ensureGroup({ name, type }), `group ${name}`);
  throw new AppError('invalid', 'say who shall become a member: a user or a group, by id or name');
}

function asUser(
  found: { readonly id: number; readonly username: string } | undefined,
  what: string,
): MemberEntity {
  if (found === undefined) throw new AppError('not-found', `${what} not found`);
  return { kind: 'user', id: found.id, name: found.username };
}

function asGroup(
  found: { readonly id: number; readonly name: string } | undefined,
  what: string,
): MemberEntity {
  if (found === undefined) throw new AppError('not-found', `${what} not found`);
  return { kind: 'group', id: found.id, name: found.name };
}

async function create(
  members: MemberRepository,
  project: ProjectPolicy,
  entity: MemberEntity,
  roleId: number,
): Promise<number | undefined> {
  try {
    return await members.create(project.id, entity, roleId);
  } catch (error) {
    if (!isForeignKeyViolation(error)) throw error;
    // Deleted meanwhile.
    throw new AppError('not-found', `${project.name} or ${entity.name} not found`);
  }
}

function checkRole(roleId: number): void {
  if (!isRole(roleId)) throw new AppError('invalid', `there is no role ${roleId}`);
}

function memberNotFound(id: number): AppError {
  return new AppError('not-found', `member ${id} not found`);
}
