import { BerReader, BerWriter, type Filter, FilterParser } from 'ldapts';
import { describe, expect, it } from 'vitest';
import {
  matchAll,
  matchMemberInChain,
  matchMembers,
  matchPart,
  matchPattern,
  matchValue,
  parseAttribute,
  parseFilter,
} from './filter.ts';
import { LdapError } from './ldap.errors.ts';

/** What the directory reads, which is not the text of the filter but its bytes. */
function readWire(filter: Filter): Filter {
  const writer = new BerWriter();
  filter.write(writer);
  return FilterParser.parse(new BerReader(writer.buffer));
}

describe('matchValue', () => {
  it.each([
    '*',
    '*)(uid=*',
    'a)(objectClass=*',
    'x)(|(uid=*',
    '\\',
    '\\2a',
    '\0',
    'a\0b',
    "o'neil (x)",
    'jäger',
    '&',
    '!',
    'a'.repeat(10_000),
  ])('sends %j as a value that is only compared', (value) => {
    expect(readWire(matchValue('cn', value))).toMatchObject({ attribute: 'cn', value });
  });

  it('stays inside of its filter in the text form too', () => {
    const filter = matchAll(parseFilter('objectClass=person', ''), matchValue('uid', '*)(uid=*'));
    expect(filter.toString()).toBe(String.raw`(&(objectClass=person)(uid=\2a\29\28uid=\2a))`);
  });
});

describe('matchPattern', () => {
  it.each([
    ['', '(uid=*)'],
    ['*', '(uid=*)'],
    ['**', '(uid=*)'],
    ['ann', '(uid=ann)'],
    ['a*', '(uid=a*)'],
    ['*n', '(uid=*n)'],
    ['*n*', '(uid=*n*)'],
    ['a*b*c', '(uid=a*b*c)'],
    ['a)(b*', String.raw`(uid=a\29\28b*)`],
  ])('makes %j into %s', (pattern, filter) => {
    expect(matchPattern('uid', pattern).toString()).toBe(filter);
  });
});

describe('matchPart', () => {
  it('looks for the text anywhere, stars and all', () => {
    expect(matchPart('cn', 'a*').toString()).toBe(String.raw`(cn=*a\2a*)`);
  });

  it('takes any name for an empty text', () => {
    expect(matchPart('cn', '').toString()).toBe('(cn=*)');
  });
});

describe('filters of membership', () => {
  it('asks for both kinds of members', () => {
    expect(matchMembers(['cn=a,dc=t']).toString()).toBe(
      '(|(member=cn=a,dc=t)(uniqueMember=cn=a,dc=t))',
    );
  });

  it('asks Active Directory for the whole chain', () => {
    expect(readWire(matchMemberInChain('cn=a (b),dc=t'))).toMatchObject({
      matchType: 'member',
      rule: '1.2.840.113556.1.4.1941',
      value: 'cn=a (b),dc=t',
    });
  });
});

describe('matchAll', () => {
  it('needs something, if only a class', () => {
    expect(matchAll(undefined).toString()).toBe('(objectClass=*)');
  });

  it('leaves a single filter alone', () => {
    expect(matchAll(undefined, matchValue('cn', 'a')).toString()).toBe('(cn=a)');
  });
});

describe('parseFilter', () => {
  it.each([
    ['(objectClass=person)', '(objectClass=person)'],
    [' objectClass=person ', '(objectClass=person)'],
    ['(&(a=b)(|(c=d*)(!(e=*))))', '(&(a=b)(|(c=d*)(!(e=*))))'],
    [String.raw`(cn=J\c3\a4ger)`, '(cn=Jäger)'],
    [String.raw`(cn=\28x\29)`, String.raw`(cn=\28x\29)`],
    [
      '(memberOf:1.2.840.113556.1.4.1941:=cn=a,dc=t)',
      '(memberOf:1.2.840.113556.1.4.1941:=cn=a,dc=t)',
    ],
  ])('reads %s', (text, filter) => {
    expect(parseFilter(text, '')?.toString()).toBe(filter);
  });

  it.each(['', '  '])('takes %j for none', (text) => {
    expect(parseFilter(text, '')).toBeUndefined();
  });

  it.each([
    '(a=b',
    'a=b)',
    '(&(a=b)',
    '(a=b))',
    '(a=b)(c=d)',
    '(a=b)) (|(c=d)',
    '()',
    '(&)',
    '(=b)',
    '(a)',
    String.raw`(a=\zz)`,
    String.raw`(a=\ff)`,
    '('.repeat(5_000) + ')'.repeat(5_000),
    `${'(!'.repeat(40)}(a=b)${')'.repeat(40)}`,
    `(a=${'b'.repeat(9_000)})`,
  ])('refuses %s', (text) => {
    expect(() => parseFilter(text, 'the LDAP filter')).toThrow(LdapError);
    expect(() => parseFilter(text, 'the LDAP filter')).toThrow(/^the LDAP filter /);
  });
});

describe('parseAttribute', () => {
  it.each(['uid', ' sAMAccountName ', '0.9.2342.19200300.100.1.1'])('takes %j', (text) => {
    expect(parseAttribute(text, 'it')).toBe(text.trim());
  });

  it.each(['', 'uid=*)(cn', 'uid)', '(uid', 'u id', '1uid', 'uid\0', 'a'.repeat(200)])(
    'refuses %j',
    (text) => {
      expect(() => parseAttribute(text, 'it')).toThrow('it is not the name of an attribute');
    },
  );
});
