import type { LdapGroupSettings } from '../../server/src/identity/ldap/index.ts';
import { assertEqual } from '../clients/assertion.ts';
import type { Step } from '../clients/client.ts';
import { type DirectoryContext, expectLdapError } from './context.ts';
import { ADMIN_DN, COMMA_NAME, groupDn, ODD_NAME, PASSWORD, suffixes, userDn } from './entries.ts';

const [{ suffix }] = suffixes;

/** None of these is anybody's name, whatever a filter would make of them. */
const INJECTIONS = [
  '*',
  'a*',
  '*)(uid=*',
  'ann)(objectClass=*',
  'ann)(|(uid=*',
  'x)(|(objectClass=*',
  'ann\0',
  '\0',
  '\\',
  '\\2a',
  'ann\\',
  'ann\n',
  '(',
  ')',
  '&',
  '',
  ' ',
  'a'.repeat(10_000),
];

export function createLoginSteps(context: DirectoryContext): Step[] {
  return [...createPasswordSteps(context), ...createGroupSteps(context)];
}

function createPasswordSteps({ directory, settings }: DirectoryContext): Step[] {
  const login = (username: string, password: string) =>
    directory.authenticate(settings(), username, password);
  return [
    {
      name: 'the right password gives the user with name, mail and DN',
      async run() {
        const { groups, ...user } = (await login('ann', PASSWORD)) ?? { groups: [] };
        const expected = {
          dn: userDn('ann', suffix),
          username: 'ann',
          realname: 'Ann Archer',
          email: 'ann@berth.test',
          isAdmin: false,
        };
        assertEqual<object>(user, expected, 'user');
        const names = groups.map(({ name }) => name).toSorted();
        assertEqual(names, ['developers', 'harbor_dev'], 'groups');
      },
    },
    {
      name: 'a user without mail has an empty one',
      run: async () => assertEqual((await login('dave', PASSWORD))?.email, '', 'email'),
    },
    {
      name: 'a name in another case is the name of the directory',
      run: async () => assertEqual((await login('ANN', PASSWORD))?.username, 'ann', 'username'),
    },
    {
      name: 'names with odd characters log in',
      async run() {
        for (const name of [ODD_NAME, COMMA_NAME, 'jäger']) {
          assertEqual((await login(name, PASSWORD))?.username, name, 'username');
        }
      },
    },
    {
      name: 'a wrong, an empty and an impossible password are refused',
      async run() {
        for (const password of ['wrong', '', ' ', '\0', `${PASSWORD}\0`, 'a'.repeat(100_000)]) {
          assertEqual(await login('ann', password), undefined, `password ${password.slice(0, 9)}`);
        }
      },
    },
    {
      name: 'an account without a password is refused whatever is given',
      async run() {
        assertEqual(await login('mute', PASSWORD), undefined, 'user');
        assertEqual(await login('mute', ''), undefined, 'user');
      },
    },
    {
      name: 'what is syntax in a filter is nobody',
      async run() {
        for (const name of INJECTIONS) {
          assertEqual(await login(name, PASSWORD), undefined, `user of ${name.slice(0, 20)}`);
          assertEqual(await directory.findUser(settings(), name), undefined, name.slice(0, 20));
        }
      },
    },
    {
      name: 'a name that two entries have is nobody',
      async run() {
        const byMail = settings({ uid: 'mail' });
        const ann = await directory.authenticate(byMail, 'ann@berth.test', PASSWORD);
        assertEqual(ann?.dn, userDn('ann', suffix), 'DN');
        const twin = await directory.authenticate(byMail, 'twin@berth.test', PASSWORD);
        assertEqual(twin, undefined, 'twin');
      },
    },
    {
      name: 'the filter of the settings keeps others out',
      async run() {
        const only = (filter: string) =>
          directory.authenticate(settings({ filter }), 'ann', PASSWORD);
        assertEqual((await only('(!(uid=ann))'))?.dn, undefined, 'ann');
        assertEqual((await only('(|(uid=bob)(uid=ann))'))?.username, 'ann', 'ann');
        assertEqual((await only('uid=ann'))?.username, 'ann', 'ann without parentheses');
        await expectLdapError('settings', only('(uid=ann'));
        await expectLdapError('settings', only('(uid=x))(|(uid=ann)'));
      },
    },
    {
      name: 'the scope of the settings is kept',
      async run() {
        const at = (baseDn: string, scope: 0 | 1 | 2) =>
          directory.findUser(settings({ baseDn, scope }), 'ann');
        assertEqual((await at(suffix, 2))?.username, 'ann', 'subtree of the suffix');
        assertEqual((await at(suffix, 1))?.username, undefined, 'children of the suffix');
        assertEqual((await at(userDn('ann', suffix), 0))?.username, 'ann', 'her own entry');
      },
    },
    {
      name: 'a wrong search password is an error and no refusal',
      async run() {
        const wrong = settings({ searchPassword: 'wrong' });
        await expectLdapError('credentials', directory.authenticate(wrong, 'ann', PASSWORD));
        await expectLdapError('credentials', directory.ping(wrong));
        const half = settings({ searchPassword: '' });
        await expectLdapError('settings', directory.ping(half));
        const sasl = settings({ searchDn: 'EXTERNAL' });
        await expectLdapError('settings', directory.ping(sasl));
      },
    },
  ];
}

function createGroupSteps({ directory, settings, plainSettings }: DirectoryContext): Step[] {
  const list = async (name: string, group: Partial<LdapGroupSettings>, plain = false) => {
    const chosen = plain ? plainSettings({}, group) : settings({}, group);
    const user = await directory.authenticate(chosen, name, PASSWORD);
    return user?.groups.map(({ name }) => name).toSorted();
  };
  const isAdmin = async (name: string, group: Partial<LdapGroupSettings>, plain = false) => {
    const chosen = plain ? plainSettings({}, group) : settings({}, group);
    return (await directory.authenticate(chosen, name, PASSWORD))?.isAdmin;
  };
  const nestedNames = ['all', 'cycle', 'developers', 'everything', 'harbor_dev'];
  return [
    {
      name: 'the groups of A-05 belong to their users',
      async run() {
        const filter = '(cn=harbor_*)';
        assertEqual(await list('root', { filter }), ['harbor_admin'], 'groups of root');
        assertEqual(await list('ann', { filter }), ['harbor_dev'], 'groups of ann');
        assertEqual(await list('carol', { filter }), ['harbor_guest'], 'groups of carol');
        assertEqual(await list('bob', { filter }), [], 'groups of bob');
      },
    },
    {
      name: 'nested groups count when told, round in circles or not',
      async run() {
        assertEqual(await list('ann', { nested: true }), nestedNames, 'groups of ann');
        const parallel = { nested: true, attachParallel: true };
        assertEqual(await list('ann', parallel), nestedNames, 'groups of ann in parallel');
        assertEqual(await list('bob', { nested: true }), [], 'groups of bob');
      },
    },
    {
      name: 'without memberOf the groups that list a user are found',
      async run() {
        const direct = ['developers', 'harbor_dev'];
        assertEqual(await list('ann', {}, true), direct, 'groups of ann');
        assertEqual(await list('ann', { nested: true }, true), nestedNames, 'nested');
        assertEqual(await list(ODD_NAME, {}, true), ['developers'], 'groups of the odd name');
        assertEqual(await list(COMMA_NAME, {}, true), ['developers'], 'groups with a comma');
        assertEqual(await list('bob', {}, true), [], 'groups of bob');
      },
    },
    {
      name: 'members of the admin group are administrators, others not',
      async run() {
        for (const plain of [false, true]) {
          const at = plain ? suffixes[1].suffix : suffix;
          const adminDn = groupDn('admins', at);
          assertEqual(await isAdmin('root', { adminDn }, plain), true, 'root');
          assertEqual(await isAdmin('ann', { adminDn }, plain), false, 'ann');
          assertEqual(await isAdmin('bob', { adminDn }, plain), false, 'bob');
          // Without a group filter nobody has groups, but administrators there are.
          assertEqual(await isAdmin('root', { adminDn, filter: '' }, plain), true, 'root');
          assertEqual(await list('root', { adminDn, filter: '' }, plain), [], 'groups of root');
          const all = { adminDn: groupDn('all', at) };
          assertEqual(await isAdmin('ann', all, plain), false, 'ann through a group');
          assertEqual(await isAdmin('ann', { ...all, nested: true }, plain), true, 'ann nested');
          const gone = { adminDn: groupDn('gone', at) };
          assertEqual(await isAdmin('root', gone, plain), false, 'root of no group');
        }
      },
    },
    {
      name: 'the admin group is recognised in another spelling',
      async run() {
        const adminDn = ` CN = Admins ,OU=\\47ROUPS,  ${suffix.toUpperCase()} `;
        assertEqual(await isAdmin('root', { adminDn }), true, 'root');
      },
    },
    {
      name: 'groups outside of base, scope and filter are no groups',
      async run() {
        const elsewhere = { baseDn: `ou=people,${suffix}` };
        assertEqual(await list('ann', elsewhere), [], 'below the people');
        assertEqual(await list('ann', { scope: 0 }), [], 'at the base');
        const direct = ['developers', 'harbor_dev'];
        assertEqual(await list('ann', { scope: 1 }), direct, 'children of the base');
        assertEqual(await list('ann', { filter: '(cn=dev*)' }), ['developers'], 'of a filter');
        // What the filter hides is not a way to further groups either.
        const hidden = { filter: '(!(cn=developers))', nested: true };
        assertEqual(await list('ann', hidden), ['harbor_dev'], 'behind a hidden group');
      },
    },
    {
      name: 'the search account is a user like any other',
      async run() {
        const chosen = settings({ baseDn: suffix, filter: '', uid: 'cn' });
        assertEqual((await directory.findUser(chosen, 'search'))?.dn, ADMIN_DN, 'DN');
      },
    },
  ];
}
