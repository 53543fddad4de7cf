import type { ExternalIdentity, IdentityService } from '../identity/index.ts';
import type { UserGroupsService } from '../user-groups/index.ts';
import type { AccountRepository } from './account.repository.ts';
import { ensureOnboarded } from './onboarding.ts';

/** Finds who shall become a member of a project. */
export interface MemberResolver {
  /** By name also in the directory, from where the user is taken over. */
  findUser(
    by: { readonly id: number } | { readonly username: string },
  ): Promise<{ readonly id: number; readonly username: string } | undefined>;
  findGroup(by: {
    readonly id: number;
  }): Promise<{ readonly id: number; readonly name: string } | undefined>;
  /** By DN or by name and type; made if need be. @throws AppError invalid: no such LDAP group */
  ensureGroup(
    group:
      | { readonly ldapDn: string; readonly name?: string | undefined }
      | { readonly name: string; readonly type: number },
  ): Promise<{ readonly id: number; readonly name: string }>;
}

export interface MemberResolverPorts {
  readonly accounts: Pick<AccountRepository, 'find' | 'findByName'>;
  readonly identity: Pick<IdentityService, 'findExternal' | 'ensureExternal'>;
  readonly groups: Pick<UserGroupsService, 'findGroup' | 'ensureGroup'>;
  /** Somebody with exactly this name in the directory that logins go by, if there is one. */
  findExternalUser(
    username: string,
  ): Promise<Omit<ExternalIdentity, 'groups' | 'isAdmin'> | undefined>;
}

export function createMemberResolver(ports: MemberResolverPorts): MemberResolver {
  const { accounts, identity, groups } = ports;
  return {
    async findUser(by) {
      if ('id' in by) return accounts.find(by.id);
      const known = await accounts.findByName(by.username);
      if (known !== undefined) return known;
      const external = await ports.findExternalUser(by.username);
      return external && ensureOnboarded(identity, external);
    },
    findGroup: ({ id }) => groups.findGroup(id),
    ensureGroup: (group) => groups.ensureGroup(group),
  };
}
