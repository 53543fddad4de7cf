import * as client from 'openid-client';

/**
 * - `unreachable`: no usable answer from the provider; try again later.
 * - `refused`: the provider said no, with its error code in the message.
 * - `invalid`: what came back does not check out (state, nonce, signature, audience…).
 * - `settings`: the stored settings cannot work.
 */
export type OidcErrorKind = 'unreachable' | 'refused' | 'invalid' | 'settings';

/** A failure of the identity provider. The message is fit for the caller; the cause is for the log. */
export class OidcError extends Error {
  override readonly name = 'OidcError';
  readonly kind: OidcErrorKind;

  constructor(kind: OidcErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.kind = kind;
  }
}

const MESSAGES = {
  unreachable: 'the identity provider cannot be reached',
  refused: 'the identity provider refused the request',
  invalid: 'the answer of the identity provider is not valid',
  settings: 'the settings of the identity provider are not valid',
} as const satisfies Record<OidcErrorKind, string>;

const ERROR_CODE = /^[a-z0-9_.-]{1,64}$/i;
const MAX_DESCRIPTION = 200;

const UNREACHABLE_CODES = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT']);
const SETTINGS_CODES = new Set(['ERR_INVALID_ARG_TYPE', 'ERR_INVALID_ARG_VALUE']);

/** An error with the standard sentence of its kind. */
export function createOidcError(kind: OidcErrorKind, cause?: unknown): OidcError {
  return new OidcError(kind, MESSAGES[kind], { cause });
}

/** Printable ASCII without markup and quotes, ≤ 200 characters: it ends up in pages and logs. */
function sanitizeDescription(text: string): string {
  return text
    .replaceAll(/[^\x20-\x7e]|[<>&"'`\\]/g, ' ')
    .replaceAll(/ {2,}/g, ' ')
    .trim()
    .slice(0, MAX_DESCRIPTION);
}

function createRefusal(code: string, description: string | undefined, cause: unknown): OidcError {
  if (!ERROR_CODE.test(code)) return createOidcError('refused', cause);
  const detail = description === undefined ? '' : sanitizeDescription(description);
  const sentence = `the identity provider refused: ${code}${detail === '' ? '' : ` (${detail})`}`;
  return new OidcError('refused', sentence, { cause });
}

function classifyClientError(error: client.ClientError): OidcError {
  const { code, cause } = error;
  if (cause instanceof OidcError) return cause;
  // Without a code it is whatever the fetch port threw.
  if (code === undefined || UNREACHABLE_CODES.has(code))
    return createOidcError('unreachable', error);
  if (cause instanceof Response && cause.status >= 500)
    return createOidcError('unreachable', error);
  return createOidcError('invalid', error);
}

/** Whatever a call through openid-client threw, as one of our kinds. Never carries a body. */
export function toOidcError(error: unknown): OidcError {
  if (error instanceof OidcError) return error;
  if (error instanceof client.AuthorizationResponseError) {
    return createRefusal(error.error, error.error_description, error);
  }
  // The description of a token response is the provider's body: only its code goes out.
  if (error instanceof client.ResponseBodyError) {
    return createRefusal(error.error, undefined, error);
  }
  if (error instanceof client.WWWAuthenticateChallengeError) {
    return createOidcError('refused', error);
  }
  if (error instanceof client.ClientError) return classifyClientError(error);
  if (error instanceof TypeError && 'code' in error && SETTINGS_CODES.has(String(error.code))) {
    return createOidcError('settings', error);
  }
  return createOidcError(error instanceof TypeError ? 'unreachable' : 'invalid', error);
}
