import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import { type DirectoryContext, expectLdapError } from './context.ts';
import { groupDn, ODD_NAME, suffixes, userDn } from './entries.ts';

const [{ suffix }] = suffixes;

export function createSearchSteps({ directory, settings }: DirectoryContext): Step[] {
  const listNames = async (pattern: string) =>
    (await directory.searchUsers(settings(), pattern)).map(({ username }) => username).toSorted();
  const listGroups = async (query: { name?: string; dn?: string }) =>
    (await directory.searchGroups(settings(), query)).map(({ name }) => name).toSorted();
  return [
    {
      name: 'ping',
      async run() {
        await directory.ping(settings());
        await directory.ping(settings({ url: settings().url.slice('ldap://'.length) }));
        await expectLdapError('settings', directory.ping(settings({ baseDn: `ou=no,${suffix}` })));
        await expectLdapError('settings', directory.ping(settings({ baseDn: 'nonsense' })));
        await expectLdapError('settings', directory.ping(settings({ url: 'http://127.0.0.1' })));
        const anonymous = settings({ searchDn: '', searchPassword: '' });
        // Anonymous sees nothing here.
        await expectLdapError('settings', directory.ping(anonymous));
      },
    },
    {
      name: 'search users: by name, by pattern, all',
      async run() {
        assertEqual(await listNames('ann'), ['ann'], 'ann');
        assertEqual(await listNames('twin*'), ['twin1', 'twin2'], 'twins');
        assertEqual(await listNames('*a*r*'), ['carol'], 'by parts');
        assertEqual(await listNames('nobody'), [], 'nobody');
        assertEqual(await listNames(ODD_NAME), [ODD_NAME], 'the odd name');
        assertEqual((await listNames('')).length, 11, 'how many there are');
        assertEqual(await listNames('*'), await listNames(''), 'all');
      },
    },
    {
      name: 'search users: syntax finds nobody',
      async run() {
        for (const pattern of ['*)(uid=*', 'ann)(uid=*', '\0', 'ann\0', '\\', 'a'.repeat(10_000)]) {
          assertEqual(await listNames(pattern), [], pattern.slice(0, 20));
        }
      },
    },
    {
      name: 'find one user without the password',
      async run() {
        assertEqual<object | undefined>(
          await directory.findUser(settings(), 'bob'),
          {
            dn: userDn('bob', suffix),
            username: 'bob',
            realname: 'Bob Builder',
            email: 'bob@berth.test',
          },
          'bob',
        );
        assertEqual(await directory.findUser(settings(), 'nobody'), undefined, 'nobody');
      },
    },
    {
      name: 'search groups: by part of the name, by DN, all',
      async run() {
        assertEqual(await listGroups({ name: 'dev' }), ['developers', 'harbor_dev'], 'dev');
        assertEqual(await listGroups({ name: '*' }), [], 'a star is no wildcard here');
        assertEqual((await listGroups({})).length, 9, 'how many there are');
        const dn = groupDn('guests', suffix);
        assertEqual(await listGroups({ dn }), ['guests'], 'guests');
        assertEqual(await listGroups({ dn: dn.toUpperCase() }), ['guests'], 'in capitals');
        assertEqual(await listGroups({ dn: groupDn('none', suffix) }), [], 'none');
        assertEqual(await listGroups({ dn: userDn('ann', suffix) }), [], 'a user is no group');
      },
    },
    {
      name: 'a bad group DN is an error of the caller',
      async run() {
        for (const dn of ['nonsense', 'cn=a,', '*)(cn=*', 'cn=a\0']) {
          await expectLdapError('settings', directory.findGroup(settings(), dn));
        }
      },
    },
    {
      name: 'find one group',
      async run() {
        const dn = groupDn('guests', suffix);
        const group = await directory.findGroup(settings(), ` ${dn.toUpperCase()} `);
        assertEqual<object | undefined>(group, { dn, name: 'guests' }, 'guests');
        const outside = settings({}, { baseDn: `ou=people,${suffix}` });
        assertEqual(await directory.findGroup(outside, dn), undefined, 'outside of the base');
      },
    },
  ];
}
