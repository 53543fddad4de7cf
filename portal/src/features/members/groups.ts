import type { Answer, Body } from '../../lib/api.ts';

export type FoundGroup = Answer<'searchUserGroups'>[number];
type GroupOfMember = NonNullable<Body<'createProjectMember'>['member_group']>;

/** Where a group comes from, as Harbor numbers it. */
export const GROUP_TYPE = { ldap: 1, http: 2, oidc: 3 } as const;

/** All types of groups, that of the main login source first. */
export function groupTypesOf(authMode: string | undefined): readonly number[] {
  const { ldap, http, oidc } = GROUP_TYPE;
  if (authMode === 'oidc_auth') return [oidc, ldap, http];
  return authMode === 'http_auth' ? [http, ldap, oidc] : [ldap, oidc, http];
}

/** Groups under what they are shown as: their name, with the type where two share it. */
export function nameGroups(
  groups: readonly FoundGroup[],
  typeName: (type: number) => string,
): ReadonlyMap<string, FoundGroup> {
  const count = new Map<string, number>();
  for (const { group_name: name } of groups) count.set(name, (count.get(name) ?? 0) + 1);
  return new Map(
    groups.map((group) => {
      const { group_name: name, group_type: type } = group;
      return [count.get(name) === 1 ? name : `${name} (${typeName(type)})`, group];
    }),
  );
}

/** How the API is told of a group: one that is known by its id, an LDAP group by its DN. */
export function memberGroupOf(
  typed: string,
  known: FoundGroup | undefined,
  type: number,
): GroupOfMember {
  if (known !== undefined) return { id: known.id };
  if (type === GROUP_TYPE.ldap) return { ldap_group_dn: typed };
  return { group_name: typed, group_type: type };
}
