import {
  AdminLimitExceededError,
  BusyError,
  ConfidentialityRequiredError,
  InappropriateAuthError,
  InsufficientAccessError,
  InvalidCredentialsError,
  InvalidDNSyntaxError,
  NoSuchObjectError,
  ResultCodeError,
  StrongAuthRequiredError,
  TimeLimitExceededError,
  UnavailableError,
  UndefinedTypeError,
} from 'ldapts';

/** What stands between us and an answer of the directory. */
export type LdapErrorKind =
  | 'unreachable' // nothing listens, the connection broke, or the directory is out of order
  | 'credentials' // the directory refuses the search DN or its password
  | 'tls' // no trust in the certificate, no TLS, or TLS demanded
  | 'timeout'
  | 'settings'; // they are wrong in themselves, or for this directory

/** The message is for the administrator and holds no secret; the cause is for the log only. */
export class LdapError extends Error {
  override readonly name = 'LdapError';
  readonly kind: LdapErrorKind;

  constructor(kind: LdapErrorKind, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.kind = kind;
  }
}

/** Result codes (RFC 4511, appendix A) that say the same to whoever set the directory up. */
const meanings = [
  {
    kind: 'credentials',
    message: 'the directory refuses the search DN or its password',
    errors: [InvalidCredentialsError, InappropriateAuthError],
  },
  {
    kind: 'credentials',
    message: 'the search DN may not search there',
    errors: [InsufficientAccessError],
  },
  {
    kind: 'tls',
    message: 'the directory demands TLS: use ldaps:// or StartTLS',
    errors: [ConfidentialityRequiredError, StrongAuthRequiredError],
  },
  {
    kind: 'settings',
    message: 'the directory has no entry at the base DN',
    errors: [NoSuchObjectError],
  },
  {
    kind: 'settings',
    message: 'the directory does not take a DN or an attribute of the settings',
    errors: [InvalidDNSyntaxError, UndefinedTypeError],
  },
  {
    kind: 'timeout',
    message: 'the directory gave the search up as too long',
    errors: [TimeLimitExceededError, AdminLimitExceededError],
  },
  {
    kind: 'unreachable',
    message: 'the directory is busy or out of order',
    errors: [BusyError, UnavailableError],
  },
] satisfies readonly {
  readonly kind: LdapErrorKind;
  readonly message: string;
  readonly errors: readonly (abstract new (...args: never[]) => ResultCodeError)[];
}[];

/** What a failed call of the directory means for whoever configured it. */
export function explainFailure(error: unknown): LdapError {
  if (error instanceof LdapError) return error;
  const meaning = meanings.find(({ errors }) => errors.some((kind) => error instanceof kind));
  if (meaning !== undefined) return new LdapError(meaning.kind, meaning.message, { cause: error });
  const message =
    error instanceof ResultCodeError
      ? `the directory refused with LDAP result code ${error.code}`
      : 'the connection to the directory broke';
  return new LdapError('unreachable', message, { cause: error });
}

export function explainTimeout(cause?: unknown): LdapError {
  return new LdapError('timeout', 'the directory did not answer in time', { cause });
}
