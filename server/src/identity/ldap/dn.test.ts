import { describe, expect, it } from 'vitest';
import { isWithin, normalizeDn } from './dn.ts';

describe('normalizeDn', () => {
  it.each([
    ['CN=Admins,OU=Groups,DC=Test', 'cn=admins,ou=groups,dc=test'],
    ['  cn = Admins ,  ou=Groups,dc=test ', 'cn=admins,ou=groups,dc=test'],
    ['cn=The   Admins,dc=test', 'cn=the admins,dc=test'],
    [String.raw`cn=a\2Cb,dc=test`, String.raw`cn=a\,b,dc=test`],
    [String.raw`cn=a\2c b,dc=test`, String.raw`cn=a\, b,dc=test`],
    [String.raw`cn=J\C3\A4ger,dc=test`, 'cn=jäger,dc=test'],
    [String.raw`cn=\28x\29,dc=test`, 'cn=(x),dc=test'],
    [String.raw`cn=a\\5c,dc=test`, String.raw`cn=a\\5c,dc=test`],
    [String.raw`cn=a\\\,b,dc=test`, String.raw`cn=a\\\,b,dc=test`],
    [String.raw`cn=a\ ,dc=test`, 'cn=a,dc=test'],
    ['uid=ann+cn=Ann,dc=test', 'cn=ann+uid=ann,dc=test'],
    ['cn=Ann+uid=ann,dc=test', 'cn=ann+uid=ann,dc=test'],
    ['2.5.4.3=ann', '2.5.4.3=ann'],
    ['cn=a=b', String.raw`cn=a\=b`],
    ['1.2.3=#04AB', '1.2.3=#04ab'],
    ["cn=o'neil (x),dc=test", "cn=o'neil (x),dc=test"],
  ])('brings %s into the form %s', (dn, normal) => {
    expect(normalizeDn(dn)).toBe(normal);
  });

  it.each([
    '',
    '   ',
    'admins',
    '=admins',
    'cn',
    'cn=a,',
    ',cn=a',
    'cn=a,,dc=b',
    'c n=a',
    'cn=a;dc=b',
    'cn="a",dc=b',
    'cn=<a>',
    'cn=a\0b',
    String.raw`cn=a\00b`,
    String.raw`cn=a\ff`,
    String.raw`cn=a\x`,
    'cn=#zz',
    'cn=a\\',
    `cn=${'a'.repeat(5000)}`,
  ])('takes %.40j for no DN', (text) => {
    expect(normalizeDn(text)).toBeUndefined();
  });

  it('keeps an escaped comma apart from a separator', () => {
    expect(normalizeDn(String.raw`cn=a\,ou=b,dc=test`)).not.toBe(normalizeDn('cn=a,ou=b,dc=test'));
  });

  it('keeps an escaped plus apart from a second value', () => {
    expect(normalizeDn(String.raw`cn=a\+uid=b`)).not.toBe(normalizeDn('cn=a+uid=b'));
  });

  it('gives equal forms of its own forms', () => {
    const normal = normalizeDn(String.raw`CN=x\2C\5c\2B=y ,DC=T`) ?? '';
    expect(normalizeDn(normal)).toBe(normal);
  });
});

describe('isWithin', () => {
  const base = 'OU=Groups, DC=test';
  it.each([
    ['ou=groups,dc=test', 0, true],
    ['cn=a,ou=groups,dc=test', 0, false],
    ['ou=groups,dc=test', 1, false],
    ['cn=a,ou=groups,dc=test', 1, true],
    ['cn=a,ou=b,ou=groups,dc=test', 1, false],
    ['ou=groups,dc=test', 2, true],
    ['cn=a,ou=b,ou=groups,dc=test', 2, true],
    ['cn=a,ou=mygroups,dc=test', 2, false],
    ['dc=test', 2, false],
    [String.raw`cn=a\,ou=groups,dc=test`, 2, false],
    ['nonsense', 2, false],
  ] as const)('says of %s at scope %i: %s', (dn, scope, within) => {
    expect(isWithin(dn, base, scope)).toBe(within);
  });
});
