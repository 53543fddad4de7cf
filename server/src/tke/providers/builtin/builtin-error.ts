import { AppError, type AppErrorKind } from '../../../lib/index.ts';
import { ProviderError, type ProviderErrorKind } from '../provider.ts';

const kinds = {
  invalid: 'invalid',
  unprocessable: 'invalid',
  unauthenticated: 'denied',
  denied: 'denied',
  refused: 'invalid',
  'not-found': 'not-found',
  'not-allowed': 'invalid',
  conflict: 'conflict',
  precondition: 'invalid',
  'too-large': 'invalid',
  'too-many': 'unavailable',
  unavailable: 'unavailable',
} satisfies Record<AppErrorKind, ProviderErrorKind>;

/** Whatever the message, the internal name of the project is not in it. */
const sentences = {
  conflict: 'a project of that name exists already',
  'not-found': 'there is no such project',
  denied: 'the registry may not do this',
  invalid: 'the registry refuses this: something of it is protected or not allowed',
  unavailable: 'the registry cannot do this now; try again later',
} satisfies Record<ProviderErrorKind, string>;

/** Runs work on our own services. @throws ProviderError for everything that it throws */
export async function asProvider<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    const kind = error instanceof AppError ? kinds[error.kind] : 'unavailable';
    throw new ProviderError(kind, sentences[kind], { cause: error });
  }
}
