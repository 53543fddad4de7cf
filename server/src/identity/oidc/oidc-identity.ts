import { RE2JS } from 're2js';
import { OidcError } from './oidc.errors.ts';
import type { OidcSettings } from './oidc-settings.ts';

/** Who signed in, as the provider tells it. Link accounts by (issuer, subject), never by email. */
export interface OidcIdentity {
  readonly issuer: string;
  readonly subject: string;
  /** Spaces replaced by `_`; undefined if the provider sent none. Not yet checked as a name. */
  readonly username: string | undefined;
  readonly email: string | undefined;
  readonly emailVerified: boolean;
  /** Filtered, without duplicates. */
  readonly groups: readonly string[];
  /** False if the groups claim was absent: keep what is known of the memberships. */
  readonly groupsKnown: boolean;
  readonly isAdmin: boolean;
  readonly idToken: string;
  /** When the id token ends; refresh after it. */
  readonly expiresAt: Date;
  readonly refreshToken?: string;
}

export type Claims = Readonly<Record<string, unknown>>;

type ClaimSettings = Pick<OidcSettings, 'userClaim' | 'groupsClaim' | 'adminGroup' | 'groupFilter'>;

/** What can be read from claims alone. */
export type ClaimedIdentity = Pick<
  OidcIdentity,
  'username' | 'email' | 'emailVerified' | 'groups' | 'groupsKnown' | 'isAdmin'
>;

const MAX_FILTER_LENGTH = 256;
const MAX_GROUPS = 1000;
const MAX_NAME_LENGTH = 255;

function findText(claims: Claims, name: string): string | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function findGroups(claims: Claims, name: string): string[] | undefined {
  const value = name !== '' && Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (typeof value !== 'string' && !Array.isArray(value)) return undefined;
  const names: unknown[] = typeof value === 'string' ? [value] : value;
  const groups = names
    .filter((group) => typeof group === 'string')
    .map((group) => group.trim())
    .filter((group) => group !== '' && group.length <= MAX_NAME_LENGTH);
  return [...new Set(groups)].slice(0, MAX_GROUPS);
}

/**
 * Keeps the groups in which the expression matches somewhere. RE2 runs in linear time.
 * Throws OidcError `settings` if the filter is no RE2 expression of at most 256 characters.
 */
export function filterGroups(groups: readonly string[], filter: string): string[] {
  if (filter === '') return [...groups];
  if (filter.length > MAX_FILTER_LENGTH) {
    throw new OidcError('settings', `the group filter is longer than ${MAX_FILTER_LENGTH}`);
  }
  let expression: RE2JS;
  try {
    expression = RE2JS.compile(filter);
  } catch (cause) {
    throw new OidcError('settings', 'the group filter is not an RE2 expression', { cause });
  }
  return groups.filter((group) => expression.matcher(group).find());
}

function findUsername(idToken: Claims, userinfo: Claims, claim: string): string | undefined {
  const name =
    claim === ''
      ? (findText(userinfo, 'name') ?? findText(idToken, 'name'))
      : // A configured claim is part of the signed token; userinfo only fills the gap.
        (findText(idToken, claim) ?? findText(userinfo, claim));
  return name?.replaceAll(/\s/g, '_');
}

/** Reads an identity from the claims of both sources; userinfo goes before the id token. */
export function readIdentity(
  idToken: Claims,
  userinfo: Claims,
  settings: ClaimSettings,
): ClaimedIdentity {
  // The email and its verification must come from one source.
  const contact = findText(userinfo, 'email') === undefined ? idToken : userinfo;
  const groups =
    findGroups(userinfo, settings.groupsClaim) ?? findGroups(idToken, settings.groupsClaim);
  return {
    username: findUsername(idToken, userinfo, settings.userClaim),
    email: findText(contact, 'email'),
    emailVerified: contact['email_verified'] === true,
    groups: filterGroups(groups ?? [], settings.groupFilter),
    groupsKnown: groups !== undefined,
    // Before the filter, which is about the groups to show and to grant rights to.
    isAdmin: settings.adminGroup !== '' && (groups ?? []).includes(settings.adminGroup),
  };
}
