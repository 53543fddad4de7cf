import { RE2JS, RE2JSException } from 're2js';
import { AppError } from '../lib/index.ts';
import type { Metadata, Project } from './project.ts';

/** The key that the project keeps in a column of its own. */
export const PUBLIC = 'public';
/** Set by retention policies alone. */
export const RETENTION_ID = 'retention_id';
/** Hidden: set through the project's scanner. */
export const SCANNER = 'projectScanner';

const FILTER_PATTERN = 'proxy_cache_filter_pattern';
const FILTER_KIND = 'proxy_cache_filter_kind';
const MAX_PATTERN = 1024;
const MAX_INT32 = 2 ** 31 - 1;

type Parse = (value: string, key: string) => string;

const parsers: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  [PUBLIC, parsePublic],
  ['enable_content_trust', parseFlag],
  ['enable_content_trust_cosign', parseFlag],
  ['prevent_vul', parseFlag],
  ['severity', parseSeverity],
  ['auto_scan', parseFlag],
  ['auto_sbom_generation', parseFlag],
  ['reuse_sys_cve_allowlist', parseFlag],
  ['proxy_speed_kb', (value, key) => parseWhole(value, key, -1)],
  ['max_upstream_conn', parseConnections],
  [FILTER_PATTERN, parsePattern],
  [FILTER_KIND, parseKind],
  ['proxy_referrer_api', parseFlag],
  ['proxy_cache_local_on_not_found', parseFlag],
]);

const proxyKeys: ReadonlySet<string> = new Set([
  'proxy_speed_kb',
  'max_upstream_conn',
  FILTER_PATTERN,
  FILTER_KIND,
  'proxy_referrer_api',
  'proxy_cache_local_on_not_found',
]);

/** Whether clients may read the key. */
export function isMetadataKey(key: string): boolean {
  return parsers.has(key) || key === RETENTION_ID;
}

/**
 * The entries of a request as they are stored. Every route that sets metadata comes through here.
 *
 * @param current what the project has; entries are checked with it together
 * @throws AppError invalid: a key that nobody may set, or a value that it cannot have
 */
export function parseMetadata(
  entries: Iterable<readonly [key: string, value: string]>,
  current: Metadata = {},
): Map<string, string> {
  const parsed = new Map<string, string>();
  for (const [key, value] of entries) {
    if (key === RETENTION_ID) throw new AppError('invalid', 'the retention_id cannot be set');
    const parse = parsers.get(key);
    if (parse === undefined) throw new AppError('invalid', `invalid key: ${key.slice(0, 64)}`);
    parsed.set(key, parse(value, key));
  }
  checkFilter({ ...current, ...Object.fromEntries(parsed) });
  return parsed;
}

/**
 * Whether the key may be removed.
 *
 * @throws AppError invalid
 */
export function checkRemoval(key: string, current: Metadata): void {
  if (key === RETENTION_ID) throw new AppError('invalid', 'the retention_id cannot be removed');
  if (key === FILTER_KIND && (current[FILTER_PATTERN] ?? '') !== '') {
    throw new AppError('invalid', `${FILTER_KIND} is needed while there is a ${FILTER_PATTERN}`);
  }
}

/** What the whole model of a request sets: without empty values, and without what only proxies have. */
export function settableEntries(
  given: Readonly<Record<string, string | null | undefined>>,
): [key: string, value: string][] {
  return Object.entries(given).flatMap(([key, value]): [string, string][] => {
    if (value === undefined || value === null || value === '') return [];
    return proxyKeys.has(key) || key === RETENTION_ID ? [] : [[key, value]];
  });
}

/** What clients see of the metadata, `public` included. */
export function visibleMetadata({
  isPublic,
  metadata,
}: Pick<Project, 'isPublic' | 'metadata'>): Readonly<Record<string, string>> {
  const { [SCANNER]: _hidden, ...visible } = metadata;
  return { [PUBLIC]: String(isPublic), ...visible };
}

/** Harbor's truth: `true` or `1`. Absent counts as `standard`. */
export function readFlag(metadata: Metadata, key: string, standard = false): boolean {
  const value = metadata[key];
  return value === undefined ? standard : /^(?:true|1)$/i.test(value);
}

function parsePublic(value: string): string {
  if (value === 'true' || value === 'false') return value;
  throw new AppError('invalid', 'public must be "true" or "false"');
}

const TRUE = new Set(['true', 't', '1']);
const FALSE = new Set(['false', 'f', '0']);

function parseFlag(value: string, key: string): string {
  const lower = value.toLowerCase();
  if (TRUE.has(lower)) return 'true';
  if (FALSE.has(lower)) return 'false';
  throw new AppError('invalid', `${key} must be "true" or "false"`);
}

const SEVERITIES = ['none', 'low', 'medium', 'high', 'critical'];

function parseSeverity(value: string): string {
  const lower = value.toLowerCase();
  if (SEVERITIES.includes(lower)) return lower;
  throw new AppError('invalid', `severity must be one of ${SEVERITIES.join(', ')}`);
}

function parseWhole(value: string, key: string, minimum: number): string {
  const number = /^-?\d{1,10}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= minimum && number <= MAX_INT32) return String(number);
  throw new AppError('invalid', `${key} must be a whole number from ${minimum} to ${MAX_INT32}`);
}

function parseConnections(value: string, key: string): string {
  const number = parseWhole(value, key, -1);
  if (number === '0') throw new AppError('invalid', `${key} must be -1 or above 0`);
  return number;
}

function parsePattern(value: string, key: string): string {
  if (value.length <= MAX_PATTERN && /^\P{Cc}*$/u.test(value)) return value;
  throw new AppError('invalid', `${key} must be a line of ${MAX_PATTERN} characters at most`);
}

function parseKind(value: string, key: string): string {
  if (value === 'doublestar' || value === 'regex') return value;
  throw new AppError('invalid', `${key} must be "doublestar" or "regex"`);
}

function checkFilter(metadata: Metadata): void {
  if (metadata[FILTER_KIND] !== 'regex') return;
  try {
    RE2JS.compile(metadata[FILTER_PATTERN] ?? '');
  } catch (error) {
    if (!(error instanceof RE2JSException)) throw error;
    throw new AppError('invalid', `${FILTER_PATTERN} is not a regular expression`);
  }
}
