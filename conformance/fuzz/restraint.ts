import { isRecord, listOf, recordOf } from './document.ts';
import type { FuzzRequest } from './request.ts';
import type { World } from './world.ts';

/**
 * Operations that count guesses of passwords by address. All of them together stay below the
 * limit, or nobody could log in from here any more.
 */
const guessing = new Set(['login', 'userExists', 'finishOidcLogin', 'redirectFromAuthProxy']);

export function isGuess({ operation, caller }: FuzzRequest): boolean {
  return caller === 'odd' || guessing.has(operation.id);
}

/** Keys whose change would lock the fuzzer out, stop all writing or connect somewhere. */
const KEPT_KEYS =
  /^(?:auth_mode|primary_auth_mode|read_only|\w+_enabled|audit_log_forward_endpoint|skip_audit_log_database)$/;

/** Whether the request would take the accounts away that requests are made as. */
export function isSelfDestructive({ operation, target, body }: FuzzRequest, world: World): boolean {
  if (operation.id === 'updateConfigurations') {
    return recordOf(findJson(body)).some(([key]) => KEPT_KEYS.test(key));
  }
  const [, id] = /\/users\/([^/?]*)/.exec(target) ?? [];
  if (id === undefined || !isUnsafe(operation.method)) return false;
  return world.keptUserIds.has(Number(decode(id)));
}

/** The keys of a configuration that a request changed, to put them back. */
export function changedKeys({ body }: FuzzRequest): string[] {
  return recordOf(findJson(body)).map(([key]) => key);
}

function isUnsafe(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function findJson(body: Buffer | undefined): unknown {
  try {
    const value: unknown = JSON.parse(body?.toString('utf8') ?? '');
    return isRecord(value) ? value : listOf(value);
  } catch {
    return undefined;
  }
}
