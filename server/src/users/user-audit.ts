/** The part of a call that tells what was wanted, should nothing come of it. */
interface AuditedCall {
  readonly path: string;
  readonly body?: unknown;
}

/** Tells the audit log whom a call was about: an answer without a body does not. */
export interface UserAudit {
  note(call: AuditedCall, user: { readonly username: string }): void;
  /** The `audit` of a route. */
  of(operation: 'create' | 'update' | 'delete'): {
    readonly operation: string;
    readonly resourceType: string;
    resource(call: AuditedCall): string;
  };
}

export function createUserAudit(): UserAudit {
  const names = new WeakMap<AuditedCall, string>();
  return {
    note(call, { username }) {
      names.set(call, username);
    },
    of: (operation) => ({
      operation,
      resourceType: 'user',
      resource: (call) => names.get(call) ?? wantedName(call.body) ?? call.path,
    }),
  };
}

/** What a user was to be called that was not made. No other field is looked at. */
function wantedName(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('username' in body)) return undefined;
  return typeof body.username === 'string' ? body.username : undefined;
}
