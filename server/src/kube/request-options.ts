import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import type { FieldValidation } from './object-body.ts';
import type { ListRequest } from './object-lister.ts';
import type { IncludeObject } from './representation.ts';
import { badRequest, invalid } from './status-errors.ts';

const MAX_MANAGER = 128;
const validations = z.enum(['Ignore', 'Warn', 'Strict']);
const inclusions = z.enum(['None', 'Metadata', 'Object']);

export function isTrue(query: URLSearchParams, name: string): boolean {
  const value = query.get(name);
  return value !== null && ['', '1', 't', 'true'].includes(value.toLowerCase());
}

/** @throws StatusError 400 */
export function parseDryRun(query: URLSearchParams): boolean {
  const wishes = query.getAll('dryRun').filter((wish) => wish !== '');
  if (wishes.some((wish) => wish !== 'All')) {
    throw badRequest('dryRun: Unsupported value: supported values: "All"');
  }
  return wishes.length > 0;
}

/** @throws StatusError 400 */
export function parseFieldValidation(query: URLSearchParams): FieldValidation {
  const { data } = validations.safeParse(query.get('fieldValidation') || 'Warn');
  if (data === undefined) {
    throw badRequest('fieldValidation: supported values: "Ignore", "Strict", "Warn"');
  }
  return data;
}

/** @throws StatusError 400 */
export function parseInclude(query: URLSearchParams): IncludeObject {
  const { data } = inclusions.safeParse(query.get('includeObject') || 'Metadata');
  if (data === undefined) throw badRequest('includeObject: must be None, Metadata or Object');
  return data;
}

/** @throws StatusError 400 */
export function parseListRequest(query: URLSearchParams): ListRequest {
  return {
    limit: parseCount(query, 'limit') ?? 0,
    continue: query.get('continue') ?? '',
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
  };
}

/** A number that is not negative; undefined: not given. @throws StatusError 400 */
export function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,9}$/.test(text)) throw badRequest(`${name}: must be a number`);
  return Number(text);
}

/** Who is said to write the fields: as asked, or the program. @throws StatusError 422 */
export function parseManager(
  query: URLSearchParams,
  { headers }: IncomingMessage,
  isApply: boolean,
): string {
  const given = query.get('fieldManager') ?? '';
  if (given === '' && isApply) {
    throw wrongManager('FieldValueRequired', 'Required value: is required for apply patch');
  }
  if (given.length > MAX_MANAGER || /[^\x20-\x7e]/.test(given)) {
    throw wrongManager('FieldValueInvalid', 'Invalid value: at most 128 printable characters');
  }
  if (given !== '') return given;
  const program = (headers['user-agent'] ?? '').split('/', 1)[0]?.slice(0, MAX_MANAGER) ?? '';
  return program === '' ? 'unknown' : program;
}

function wrongManager(reason: 'FieldValueRequired' | 'FieldValueInvalid', message: string) {
  const options = { group: 'meta.k8s.io', resource: 'patchoptions', kind: 'PatchOptions' };
  return invalid(options, '', [{ reason, message, field: 'fieldManager' }]);
}
