/** An entry as ldapts adds it. */
export interface DirectoryEntry {
  readonly dn: string;
  readonly attributes: Record<string, string | string[]>;
}

/** The same people and groups twice: in a database that keeps memberOf, and in one that does not. */
export const suffixes = [
  { name: 'memberof', suffix: 'dc=berth,dc=test', hasOverlay: true },
  { name: 'plain', suffix: 'dc=plain,dc=test', hasOverlay: false },
] as const;

/** The account that searches, in both databases. */
export const ADMIN_DN = 'cn=search,dc=berth,dc=test';
export const ADMIN_PASSWORD = 'search (secret) *';
/** Of every user. */
export const PASSWORD = 'Right-12345';
/** A user name of which every other character is syntax somewhere. */
export const ODD_NAME = "o'neil (x)";

/** A user name that a DN must escape. */
export const COMMA_NAME = 'smith, john+';

const users = [
  { uid: 'ann', cn: 'Ann Archer', mail: 'ann@berth.test' },
  { uid: 'bob', cn: 'Bob Builder', mail: 'bob@berth.test' },
  { uid: 'carol', cn: 'Carol Cook', mail: 'carol@berth.test' },
  { uid: 'dave', cn: 'Dave Digger', mail: undefined },
  { uid: 'root', cn: 'Rita Root', mail: 'root@berth.test' },
  { uid: ODD_NAME, cn: "Odd O'Neil", mail: 'odd@berth.test' },
  { uid: COMMA_NAME, cn: 'John Smith', mail: 'john@berth.test' },
  { uid: 'jäger', cn: 'Jörg Jäger', mail: 'jaeger@berth.test' },
  { uid: 'twin1', cn: 'Tim Twin', mail: 'twin@berth.test' },
  { uid: 'twin2', cn: 'Tom Twin', mail: 'twin@berth.test' },
] as const;

const groups = [
  { cn: 'developers', users: ['ann', ODD_NAME, COMMA_NAME], groups: [] },
  { cn: 'admins', users: ['root'], groups: [] },
  { cn: 'guests', users: ['carol'], groups: [] },
  { cn: 'all', users: [], groups: ['developers', 'cycle'] },
  { cn: 'everything', users: [], groups: ['all'] },
  // Contain each other, and developers.
  { cn: 'cycle', users: [], groups: ['everything', 'all'] },
  // Those of the acceptance test A-05.
  { cn: 'harbor_admin', users: ['root'], groups: [] },
  { cn: 'harbor_dev', users: ['ann'], groups: [] },
  { cn: 'harbor_guest', users: ['carol'], groups: [] },
] as const;

export function userDn(uid: string, suffix: string): string {
  return `uid=${uid.replaceAll(/[,+]/g, String.raw`\$&`)},ou=people,${suffix}`;
}

export function groupDn(cn: string, suffix: string): string {
  return `cn=${cn},ou=groups,${suffix}`;
}

/** All entries below a suffix, parents first. */
export function listEntries(suffix: string): DirectoryEntry[] {
  return [
    {
      dn: suffix,
      attributes: { objectClass: ['top', 'domain'], dc: /^dc=(\w+)/.exec(suffix)?.[1] ?? '' },
    },
    ...(ADMIN_DN.endsWith(suffix) ? [describeSearchAccount()] : []),
    ...['people', 'groups'].map((ou) => ({
      dn: `ou=${ou},${suffix}`,
      attributes: { objectClass: ['top', 'organizationalUnit'], ou },
    })),
    ...users.map(({ uid, cn, mail }) => ({
      dn: userDn(uid, suffix),
      attributes: {
        objectClass: ['top', 'person', 'organizationalPerson', 'inetOrgPerson'],
        uid,
        cn,
        sn: cn.split(' ').at(-1) ?? cn,
        userPassword: PASSWORD,
        ...(mail !== undefined && { mail }),
      },
    })),
    // Has no password at all.
    {
      dn: userDn('mute', suffix),
      attributes: { objectClass: ['inetOrgPerson'], uid: 'mute', cn: 'Mute', sn: 'Mute' },
    },
    ...groups.map((group) => ({
      dn: groupDn(group.cn, suffix),
      attributes: {
        objectClass: ['top', 'groupOfNames'],
        cn: group.cn,
        member: [
          ...group.users.map((uid) => userDn(uid, suffix)),
          ...group.groups.map((cn) => groupDn(cn, suffix)),
        ],
      },
    })),
  ];
}

function describeSearchAccount(): DirectoryEntry {
  return {
    dn: ADMIN_DN,
    attributes: {
      objectClass: ['top', 'person'],
      cn: 'search',
      sn: 'search',
      userPassword: ADMIN_PASSWORD,
    },
  };
}
