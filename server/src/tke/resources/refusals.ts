import { StatusError } from '../../kube/index.ts';
import { AppError } from '../../lib/index.ts';
import { ProviderError } from '../providers/provider.ts';
import { causes, invalidObject } from './causes.ts';
import { GROUP } from './types.ts';

/** What a refusal is about, in the words of people. */
export interface Subject {
  readonly kind: string;
  /** Plural, as in paths. */
  readonly resource: string;
  /** `spec.name` */
  readonly name: string;
}

const RETRY_SECONDS = 5;
const RETRY_SECONDS_OF_ACCOUNT = 60;

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message);

export const forbidden = ({ resource, name }: Subject, detail: string) =>
  new StatusError(403, 'Forbidden', `${resource}.${GROUP} "${name}" is forbidden: ${detail}`, {
    details: { name, group: GROUP, kind: resource },
  });

export const conflict = ({ resource, name }: Subject, message: string) =>
  new StatusError(409, 'Conflict', message, { details: { name, group: GROUP, kind: resource } });

export const notFound = ({ resource, name }: Subject) =>
  new StatusError(404, 'NotFound', `${resource}.${GROUP} "${name}" not found`, {
    details: { name, group: GROUP, kind: resource },
  });

/**
 * What the caller hears when the back end did not do its part: never its own words, which may name
 * projects and hosts. Whatever is no error of the back end comes back as it is.
 */
export function presentBackendError(error: unknown, subject: Subject): unknown {
  if (!(error instanceof ProviderError)) return error;
  const options = { details: { name: subject.name, group: GROUP, kind: subject.resource } };
  switch (error.kind) {
    case 'conflict':
      return new StatusError(
        409,
        'Conflict',
        `Operation cannot be fulfilled on ${subject.resource}.${GROUP} "${subject.name}": the back end has a project of this name that is not managed here`,
        { ...options, cause: error },
      );
    case 'not-found':
      return new StatusError(404, 'NotFound', `the back end has no "${subject.name}"`, {
        ...options,
        cause: error,
      });
    case 'invalid':
      return invalidObject(subject.kind, subject.name, [
        causes.invalid('spec.name', subject.name, 'the back end does not take it'),
      ]);
    case 'denied':
      return unavailable(
        subject,
        'the back end refuses its service account',
        RETRY_SECONDS_OF_ACCOUNT,
        error,
      );
    case 'unavailable':
      return isTimeout(error)
        ? new StatusError(504, 'Timeout', 'the back end did not answer in time, try again later', {
            details: { ...options.details, retryAfterSeconds: RETRY_SECONDS },
            cause: error,
          })
        : unavailable(subject, 'the back end is not available', RETRY_SECONDS, error);
  }
}

export function unavailable(
  { resource, name }: Subject,
  sentence: string,
  retryAfterSeconds: number,
  cause?: unknown,
): StatusError {
  return new StatusError(503, 'ServiceUnavailable', `${sentence}, try again later`, {
    details: { name, group: GROUP, kind: resource, retryAfterSeconds },
    cause,
  });
}

/** Whether anything down the chain of causes says that the time was up. */
function isTimeout(error: unknown): boolean {
  let current = error;
  for (let depth = 0; depth < 8 && current instanceof Error; depth += 1) {
    if (current.name === 'TimeoutError') return true;
    if ('code' in current && (current.code === 'timeout' || current.code === 'ETIMEDOUT')) {
      return true;
    }
    current = current.cause;
  }
  return false;
}

/** A sentence for `status.message`, of whatever went wrong. */
export function describeFailure(error: unknown): { reason: string; message: string } {
  if (error instanceof ProviderError) {
    const sentences = {
      conflict: 'the back end has a project of this name that is not managed here',
      'not-found': 'the back end does not have the project',
      denied: 'the back end refuses its service account',
      invalid: 'the back end does not take the name',
      unavailable: 'the back end is not available',
    } satisfies Record<ProviderError['kind'], string>;
    return { reason: 'BackendFailed', message: sentences[error.kind] };
  }
  if (error instanceof AppError) return { reason: 'Refused', message: error.message };
  return { reason: 'InternalError', message: 'something went wrong; the log says what' };
}
