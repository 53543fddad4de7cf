/** A group that a source tells of; its members are those who logged in as such. */
export interface UserGroup {
  readonly id: number;
  readonly name: string;
  /** Harbor's types: 1 LDAP, 2 auth proxy, 3 OIDC. */
  readonly type: number;
  /** Empty unless it is an LDAP group. */
  readonly ldapDn: string;
}

export type NewUserGroup = Omit<UserGroup, 'id'>;
