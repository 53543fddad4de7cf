import { X509Certificate } from 'node:crypto';
import { RE2JS } from 're2js';
import { z } from 'zod';

/**
 * Kinds of configuration items. Each takes the JSON value, and the text that Harbor's clients send
 * and that the database keeps. No message repeats the value: it may be a secret in the wrong place.
 */

const MAX_TEXT = 65_536;

/** What PostgreSQL can keep and give back unchanged. */
const text = z
  .string('must be a string')
  .max(MAX_TEXT, `must have at most ${MAX_TEXT} characters`)
  .refine(
    (value) => value.isWellFormed() && !value.includes('\0'),
    'must be Unicode text without NUL',
  );

/** `true`, `false`, or the same as text. */
export function flag(initial: boolean, description: string) {
  const message = 'must be true or false';
  const word = z.string().regex(/^(?:true|false)$/i);
  return z
    .union([z.boolean(), word.transform((value) => value.toLowerCase() === 'true')], message)
    .default(initial)
    .describe(description);
}

/** A whole number from `minimum` to `maximum`, or the same in digits. */
export function whole(
  initial: number,
  { minimum, maximum }: { minimum: number; maximum: number },
  description: string,
) {
  const number = z.int().min(minimum).max(maximum);
  return z
    .union([number, digits.pipe(number)], `must be a whole number from ${minimum} to ${maximum}`)
    .default(initial)
    .describe(description);
}

const digits = z
  .string()
  .regex(/^-?\d{1,16}$/)
  .transform(Number);

/** Bytes: -1 is unlimited, 0 is none of it. */
export function quota(initial: number, description: string) {
  const number = z.int().refine((value) => value === -1 || value > 0);
  return z
    .union([number, digits.pipe(number)], 'must be -1 (unlimited) or a positive number of bytes')
    .default(initial)
    .describe(description);
}

/** How deep a directory search goes: 0 base, 1 one level, 2 subtree (RFC 4511 §4.5.1.2). */
export function ldapScope(initial: 0 | 1 | 2, description: string) {
  const number = z.literal([0, 1, 2]);
  return z
    .union([number, digits.pipe(number)], 'must be 0 (base), 1 (one level) or 2 (subtree)')
    .default(initial)
    .describe(description);
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  values: T,
  initial: T[number],
  description: string,
) {
  return z
    .enum(values, `must be one of ${values.join(', ')}`)
    .default(initial)
    .describe(description);
}

export function words(initial: string, description: string) {
  return text.default(initial).describe(description);
}

/** Cannot be set to the empty string; the initial value may be empty, meaning not yet set. */
export function nonEmpty(initial: string, description: string) {
  return text.min(1, 'must not be empty').default(initial).describe(description);
}

/** Sealed in the database, never shown. */
export function password(description: string) {
  return text.default('').describe(description).meta({ format: 'password', writeOnly: true });
}

/** Empty, or text that `isRight` accepts. */
function checked(isRight: (value: string) => boolean, message: string, description: string) {
  return text
    .refine((value) => value === '' || isRight(value), message)
    .default('')
    .describe(description);
}

/** An http(s) URL. Without a scheme, https is meant, as clients of UAA write it. */
export function webUrl(description: string) {
  return checked(isWebUrl, 'must be an http(s) URL without user name or password', description);
}

function isWebUrl(value: string): boolean {
  const url = URL.parse(value.includes('://') ? value : `https://${value}`);
  return (
    (url?.protocol === 'http:' || url?.protocol === 'https:') &&
    url.username === '' &&
    url.password === ''
  );
}

/** `ldap://host:port` or `ldaps://…`; without a scheme, ldap is meant. Not to be emptied. */
export function ldapUrl(description: string) {
  return text
    .refine(isLdapUrl, 'must be an ldap:// or ldaps:// URL without user name or password')
    .default('')
    .describe(description);
}

function isLdapUrl(value: string): boolean {
  const url = URL.parse(value.includes('://') ? value : `ldap://${value}`);
  return (
    (url?.protocol === 'ldap:' || url?.protocol === 'ldaps:') &&
    url.hostname !== '' &&
    url.username === '' &&
    url.password === ''
  );
}

/** An RFC 4515 filter as far as its parentheses go; the outermost may be left out. */
export function ldapFilter(description: string) {
  return checked(isBalanced, 'must be an LDAP filter with balanced parentheses', description);
}

/** A parenthesis that is meant literally is written `\28` or `\29` in a filter, so all count. */
function isBalanced(filter: string): boolean {
  let depth = 0;
  for (const character of filter) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0) return false;
  }
  return depth === 0;
}

const MAX_PATTERN = 1024;

/** An RE2 expression: matching takes linear time, whatever the expression and the text. */
export function pattern(description: string) {
  return checked(
    isPattern,
    `must be an RE2 regular expression of at most ${MAX_PATTERN} characters`,
    description,
  );
}

function isPattern(value: string): boolean {
  if (value.length > MAX_PATTERN) return false;
  try {
    RE2JS.compile(value);
    return true;
  } catch {
    return false;
  }
}

/** One or more certificates in PEM form. */
export function certificates(description: string) {
  return checked(isCertificates, 'must be certificates in PEM form, and nothing else', description);
}

const PEM = /-----BEGIN CERTIFICATE-----[\w+/=\s]+?-----END CERTIFICATE-----/g;

/** A private key pasted along with its certificate would be shown to every administrator. */
function isCertificates(value: string): boolean {
  const blocks = value.match(PEM) ?? [];
  if (blocks.length === 0 || value.replaceAll(PEM, '').includes('-----BEGIN')) return false;
  return blocks.every(isCertificate);
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

/** Names joined by commas, such as `pull_artifact,login_user`. */
export function nameList(description: string) {
  return checked(
    (value) => /^\s*[a-z_]+\s*(?:,\s*[a-z_]+\s*)*$/.test(value),
    'must be lower-case names joined by commas',
    description,
  );
}

const banner = z.looseObject({
  message: z.string(),
  type: z.enum(['info', 'warning', 'success', 'danger']).optional(),
  closable: z.boolean().optional(),
  fromDate: z.union([z.string(), z.number()]).nullish(),
  toDate: z.union([z.string(), z.number()]).nullish(),
});

/** JSON text, kept and shown letter by letter: `{message, type?, closable?, fromDate?, toDate?}`. */
export function bannerText(description: string) {
  return checked(
    (value) => banner.safeParse(parseJson(value)).success,
    'must be a JSON text of an object with a message (type: info, warning, success or danger)',
    description,
  );
}

/** An object that `shape` accepts, or its JSON text. */
export function map<T extends z.ZodType>(
  shape: T,
  initial: NoInfer<z.core.util.NoUndefined<z.output<T>>>,
  message: string,
  description: string,
) {
  const json = z.string().max(MAX_TEXT).transform(parseJson).pipe(shape);
  return z.union([shape, json], message).default(initial).describe(description);
}

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** Names and values, both text that PostgreSQL can keep. */
export const textByName = z.record(text.min(1), text);

const TOKEN_PREFIX = 'berth_pat_';
/** The built-in administrator, and what personal access tokens begin with. */
const TAKEN = ['admin', TOKEN_PREFIX];

/** What robot names begin with. Must not make a robot of anyone else's name or token. */
export function robotPrefix(initial: string, description: string) {
  return text
    .refine(
      (value) =>
        /^[^\s:\p{Cc}]{1,64}$/u.test(value) &&
        TAKEN.every((taken) => !taken.startsWith(value)) &&
        !value.startsWith(TOKEN_PREFIX),
      'must have 1 to 64 characters without spaces and colons, and be no beginning of admin or berth_pat_',
    )
    .default(initial)
    .describe(description);
}
