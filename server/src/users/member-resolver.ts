import type { ExternalIdentity, IdentityService } from '../identity/index.ts';
import type { MemberResolver } from '../projects/index.ts';
import type { UserGroupsService } from '../user-groups/index.ts';
import type { AccountRepository } from './account.repository.ts';
import { ensureOnboarded } from './onboarding.ts';

export interface MemberResolverPorts {
  readonly accounts: Pick<AccountRepository, 'find' | 'findByName'>;
  readonly identity: Pick<IdentityService, 'findExternal' | 'ensureExternal'>;
  readonly groups: Pick<UserGroupsService, 'findGroup' | 'ensureGroup'>;
  /** Somebody with exactly this name in the directory that logins go by, if there is one. */
  findExternalUser(
    username: string,
  ): Promise<Omit<ExternalIdentity, 'groups' | 'isAdmin'> | undefined>;
}

/** Accounts and groups, and the directory behind them, as projects need them for their members. */
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
