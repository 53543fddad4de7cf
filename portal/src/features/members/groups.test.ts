import { describe, expect, it } from 'vitest';
import { GROUP_TYPE, groupTypesOf, memberGroupOf, nameGroups } from './groups.ts';

const dev = { id: 4, group_name: 'dev', group_type: GROUP_TYPE.ldap };

describe('groups as members', () => {
  it('are named with their type only where two have one name', () => {
    const ops = { id: 5, group_name: 'ops', group_type: GROUP_TYPE.oidc };
    const other = { id: 6, group_name: 'dev', group_type: GROUP_TYPE.oidc };
    const named = nameGroups([dev, ops, other], (type) => `type ${type}`);
    expect([...named.keys()]).toEqual(['dev (type 1)', 'ops', 'dev (type 3)']);
  });

  it('are told to the API by id, DN, or name and type', () => {
    expect(memberGroupOf('dev', dev, GROUP_TYPE.oidc)).toEqual({ id: 4 });
    expect(memberGroupOf('cn=a', undefined, GROUP_TYPE.ldap)).toEqual({ ldap_group_dn: 'cn=a' });
    expect(memberGroupOf('a', undefined, GROUP_TYPE.oidc)).toEqual({
      group_name: 'a',
      group_type: 3,
    });
  });

  it('are of the type of the main login source first', () => {
    expect(groupTypesOf('oidc_auth')[0]).toBe(GROUP_TYPE.oidc);
    expect(groupTypesOf('http_auth')[0]).toBe(GROUP_TYPE.http);
    expect(groupTypesOf('db_auth')[0]).toBe(GROUP_TYPE.ldap);
  });
});
