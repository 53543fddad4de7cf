import {
  AndFilter,
  EqualityFilter,
  ExtensibleFilter,
  type Filter,
  FilterParser,
  OrFilter,
  PresenceFilter,
  SubstringFilter,
} from 'ldapts';
import { LdapError } from './ldap.errors.ts';

/** Active Directory's LDAP_MATCHING_RULE_IN_CHAIN: membership through any number of groups. */
export const IN_CHAIN = '1.2.840.113556.1.4.1941';

const MAX_LENGTH = 8192;
const MAX_DEPTH = 32;

/**
 * Parses a filter of the settings (RFC 4515). One without parentheses gets them, as in Harbor.
 *
 * @returns undefined for an empty one
 * @throws LdapError settings, naming `what`
 */
export function parseFilter(text: string, what: string): Filter | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  const filter = trimmed.startsWith('(') ? trimmed : `(${trimmed})`;
  if (!isBalanced(filter)) throw new LdapError('settings', `${what} has unbalanced parentheses`);
  try {
    return FilterParser.parseString(decodeEscapedText(filter));
  } catch (cause) {
    throw new LdapError('settings', `${what} is not a valid LDAP filter`, { cause });
  }
}

/** @throws LdapError settings, naming `what`, unless it is an attribute's name or OID */
export function parseAttribute(text: string, what: string): string {
  const name = text.trim();
  if (/^(?:[a-z][\w-]{0,127}|\d+(?:\.\d+){1,40})$/i.test(name)) return name;
  throw new LdapError('settings', `${what} is not the name of an attribute`);
}

/** Entries with exactly this value; no character of it is syntax. */
export function matchValue(attribute: string, value: string): Filter {
  return new EqualityFilter({ attribute, value });
}

/** Entries matching a pattern in which only `*` is special; an empty one matches any value. */
export function matchPattern(attribute: string, pattern: string): Filter {
  const parts = pattern.split('*');
  const initial = parts.shift() ?? '';
  const final = parts.pop();
  if (final === undefined && initial !== '') return matchValue(attribute, initial);
  const any = parts.filter((part) => part !== '');
  if (initial === '' && any.length === 0 && (final ?? '') === '') {
    return new PresenceFilter({ attribute });
  }
  return new SubstringFilter({ attribute, initial, any, final: final ?? '' });
}

/** Entries whose attribute contains the text; an empty one matches any value. */
export function matchPart(attribute: string, part: string): Filter {
  if (part === '') return new PresenceFilter({ attribute });
  return new SubstringFilter({ attribute, initial: '', any: [part], final: '' });
}

/** Groups (`groupOfNames`, `groupOfUniqueNames`, AD's `group`) with any of these direct members. */
export function matchMembers(dns: readonly string[]): Filter {
  const filters = dns.flatMap((dn) => [matchValue('member', dn), matchValue('uniqueMember', dn)]);
  return new OrFilter({ filters });
}

/** Groups that have the member directly or through other groups; only Active Directory knows it. */
export function matchMemberInChain(dn: string): Filter {
  return new ExtensibleFilter({ matchType: 'member', rule: IN_CHAIN, value: dn });
}

export function matchAll(...filters: readonly (Filter | undefined)[]): Filter {
  const given = filters.filter((filter) => filter !== undefined);
  const [first] = given;
  if (first === undefined) return new PresenceFilter({ attribute: 'objectClass' });
  return given.length === 1 ? first : new AndFilter({ filters: given });
}

/** A parenthesis in a value must be escaped, so those that are there are syntax. */
function isBalanced(filter: string): boolean {
  if (filter.length > MAX_LENGTH) return false;
  let depth = 0;
  for (let index = 0; index < filter.length; index++) {
    if (filter[index] === '(') depth++;
    if (filter[index] === ')') depth--;
    if (depth > MAX_DEPTH) return false;
    if (depth <= 0 && index < filter.length - 1) return false;
  }
  return depth === 0;
}

/** The parser takes each escaped byte for a character; a run above ASCII is one text in UTF-8. */
function decodeEscapedText(filter: string): string {
  return filter.replaceAll(/(?:\\[89a-f][0-9a-f])+/gi, (run) =>
    new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(run.replaceAll('\\', ''), 'hex')),
  );
}
