import { EgressError, type EgressErrorCode } from '../../../egress/index.ts';
import { AppError, type AppErrorKind } from '../../../lib/index.ts';
import { ProviderError, type ProviderErrorKind } from '../provider.ts';

/** Neither the host nor a project's name; the cause has them, for the log. */
const egressSentences = {
  'invalid-url': 'the address of the back end is no http(s) address',
  'refused-address': 'the address of the back end may not be called',
  unreachable: 'the back end cannot be reached; try again later',
  timeout: 'the back end did not answer in time; try again later',
  tls: 'the certificate of the back end is not trusted: check its CA file',
  'too-large': 'the answer of the back end is too large',
  protocol: 'the connection to the back end was cut; try again later',
} satisfies Record<EgressErrorCode, string>;

const sentences = {
  conflict: 'the back end has it already',
  'not-found': 'the back end does not have it',
  denied: 'the back end refuses its service account',
  invalid: 'the back end refuses the name or the request',
  unavailable: 'the back end does not work now; try again later',
} satisfies Record<ProviderErrorKind, string>;

/** What a request that was not answered means. */
export function egressFailure(error: EgressError): ProviderError {
  const kind: ProviderErrorKind =
    error.code === 'invalid-url' || error.code === 'refused-address' ? 'invalid' : 'unavailable';
  return new ProviderError(kind, egressSentences[error.code], { cause: error });
}

/** What an answer's status, and what it says, mean that nobody expected (B14). */
export function statusFailure(status: number, told: string, cause: Error): ProviderError {
  const special = findSpecial(status, told);
  const kind = special?.kind ?? kindOf(status);
  return new ProviderError(kind, special?.sentence ?? sentences[kind], { cause });
}

/** Where Harbor has one status for things that are not alike. */
function findSpecial(
  status: number,
  told: string,
): { readonly kind: ProviderErrorKind; readonly sentence: string } | undefined {
  if (status >= 300 && status < 400) {
    const sentence = 'the back end answers with a redirect: check its address';
    return { kind: 'unavailable', sentence };
  }
  if (status === 412) {
    return { kind: 'invalid', sentence: 'the back end refuses: something of it is protected' };
  }
  if (status !== 403) return undefined;
  if (/quota/i.test(told)) {
    return { kind: 'invalid', sentence: 'the storage quota of the project is used up' };
  }
  const isReadOnly = /read.only/i.test(told);
  return isReadOnly
    ? { kind: 'unavailable', sentence: 'the back end is read-only now' }
    : undefined;
}

/** An answer that is not what the API promises. */
export function unreadable(cause: unknown): ProviderError {
  const sentence = 'the back end answers what cannot be understood: check its address';
  return new ProviderError('unavailable', sentence, { cause });
}

function kindOf(status: number): ProviderErrorKind {
  if (status === 401 || status === 403) return 'denied';
  if (status === 404) return 'not-found';
  if (status === 409) return 'conflict';
  if (status === 429 || status >= 500) return 'unavailable';
  return 'invalid';
}

const appKinds = {
  conflict: 'conflict',
  'not-found': 'not-found',
  // The caller's own rights were checked before: what is refused is our account.
  denied: 'unavailable',
  invalid: 'invalid',
  unavailable: 'unavailable',
} satisfies Record<ProviderErrorKind, AppErrorKind>;

/** Runs work of a chart store, whose errors are AppErrors. */
export async function asChartStore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    throw new AppError(appKinds[error.kind], error.message, { cause: error });
  }
}

/** @throws ProviderError for failures of the connection, anything else as it is */
export function rethrow(error: unknown): never {
  throw error instanceof EgressError ? egressFailure(error) : error;
}
