import type { UserPrincipal } from '../access/index.ts';

/** An account, deleted ones aside. */
export interface User {
  readonly id: number;
  readonly username: string;
  /** Null for accounts of a directory or a provider. */
  readonly passwordHash: string | null;
  readonly email: string | null;
  readonly realname: string;
  readonly comment: string;
  readonly isAdmin: boolean;
  /** Member of its source's admin group at the last login. */
  readonly isAdminBySource: boolean;
  readonly tokenEpoch: number;
  /** Somebody else made the password up: the portal asks for another one. */
  readonly mustChangePassword: boolean;
  readonly groupIds: readonly number[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function presentPrincipal(user: User): UserPrincipal {
  const { id, username, groupIds } = user;
  return { kind: 'user', id, username, isAdmin: user.isAdmin || user.isAdminBySource, groupIds };
}

export type IdentitySource = 'ldap' | 'oidc' | 'http' | 'uaa';

/** A person as a directory or a provider tells. */
export interface ExternalIdentity {
  readonly source: IdentitySource;
  /** URL of the directory or provider. */
  readonly issuer: string;
  /** What never changes there: the DN, the `sub` claim. */
  readonly subject: string;
  readonly username: string;
  readonly email: string | undefined;
  readonly realname: string;
  readonly groups: readonly ExternalGroup[];
  readonly isAdmin: boolean;
}

export interface ExternalGroup {
  readonly name: string;
  /** Of LDAP groups. */
  readonly dn?: string | undefined;
}

/** Harbor's group types. */
export const GROUP_TYPE = { ldap: 1, http: 2, oidc: 3 } as const;

/** The type of the groups that a source tells of. */
export const groupTypeOf: Readonly<Record<IdentitySource, number>> = {
  ldap: GROUP_TYPE.ldap,
  http: GROUP_TYPE.http,
  oidc: GROUP_TYPE.oidc,
  uaa: GROUP_TYPE.oidc,
};
