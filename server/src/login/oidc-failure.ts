import { OidcError } from '../identity/oidc/index.ts';
import { AppError, type AppErrorKind } from '../lib/index.ts';

const kinds = {
  unreachable: 'unavailable',
  settings: 'precondition',
  refused: 'invalid',
  invalid: 'invalid',
} as const satisfies Record<OidcError['kind'], AppErrorKind>;

/** Rejects with what a failure of the provider means for the caller. @throws AppError */
export async function explainOidc<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof OidcError)) throw error;
    throw new AppError(kinds[error.kind], error.message, { cause: error });
  }
}
