import { type Cause, StatusError } from './status-error.ts';

/** What errors name: `namespaces.registry.tkestack.io`. */
export interface ResourceName {
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
}

function qualified({ group, resource }: ResourceName): string {
  return group === '' ? resource : `${resource}.${group}`;
}

function about({ group, resource }: ResourceName, name: string) {
  return { ...(name !== '' && { name }), group, kind: resource };
}

export function badRequest(message: string, cause?: unknown): StatusError {
  return new StatusError(400, 'BadRequest', message, { cause });
}

export function notFound(of: ResourceName, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(of)} "${name}" not found`, {
    details: about(of, name),
  });
}

/** Nothing is served at a path. */
export function noSuchPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {
    details: {},
  });
}

export function notAllowed(): StatusError {
  const message = 'the server does not allow this method on the requested resource';
  return new StatusError(405, 'MethodNotAllowed', message, { details: {} });
}

export function alreadyExists(of: ResourceName, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', `${qualified(of)} "${name}" already exists`, {
    details: about(of, name),
  });
}

export function conflict(of: ResourceName, name: string, message: string): StatusError {
  const sentence = `Operation cannot be fulfilled on ${qualified(of)} "${name}": ${message}`;
  return new StatusError(409, 'Conflict', sentence, { details: about(of, name) });
}

/** The object is no longer what the caller read. */
export function stale(of: ResourceName, name: string): StatusError {
  return conflict(
    of,
    name,
    'the object has been modified; please apply your changes to the latest version and try again',
  );
}

export function invalid(of: ResourceName, name: string, causes: readonly Cause[]): StatusError {
  const reasons = causes.map(({ field, message }) => `${field}: ${message}`);
  const list = reasons.length === 1 ? reasons[0] : `[${reasons.join(', ')}]`;
  const kind = of.group === '' ? of.kind : `${of.kind}.${of.group}`;
  return new StatusError(422, 'Invalid', `${kind} "${name}" is invalid: ${list}`, {
    details: { ...(name !== '' && { name }), group: of.group, kind: of.kind, causes },
  });
}

/** A version that the log of changes no longer reaches. */
export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message);
}

export function tooLarge(message: string): StatusError {
  return new StatusError(413, 'RequestEntityTooLarge', message, { details: {} });
}
