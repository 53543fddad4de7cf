/**
 * The error codes of the distribution spec ("Error Codes"), then those that
 * Docker's registry added and clients know. `status` is the usual HTTP status.
 */
export const ociErrorCodes = {
  BLOB_UNKNOWN: { status: 404, message: 'blob unknown to registry' },
  BLOB_UPLOAD_INVALID: { status: 400, message: 'blob upload invalid' },
  BLOB_UPLOAD_UNKNOWN: { status: 404, message: 'blob upload unknown to registry' },
  DIGEST_INVALID: { status: 400, message: 'provided digest did not match uploaded content' },
  MANIFEST_BLOB_UNKNOWN: {
    status: 400,
    message: 'manifest references a manifest or blob unknown to registry',
  },
  MANIFEST_INVALID: { status: 400, message: 'manifest invalid' },
  MANIFEST_UNKNOWN: { status: 404, message: 'manifest unknown to registry' },
  NAME_INVALID: { status: 400, message: 'invalid repository name' },
  NAME_UNKNOWN: { status: 404, message: 'repository name not known to registry' },
  SIZE_INVALID: { status: 400, message: 'provided length did not match content length' },
  UNAUTHORIZED: { status: 401, message: 'authentication required' },
  DENIED: { status: 403, message: 'requested access to the resource is denied' },
  UNSUPPORTED: { status: 405, message: 'the operation is unsupported' },
  TOOMANYREQUESTS: { status: 429, message: 'too many requests' },
  TAG_INVALID: { status: 400, message: 'manifest tag did not match URI' },
  RANGE_INVALID: { status: 416, message: 'invalid content range' },
  PAGINATION_NUMBER_INVALID: { status: 400, message: 'invalid number of results requested' },
  NOT_ACCEPTABLE: { status: 406, message: 'no stored representation is acceptable to the client' },
  UNKNOWN: { status: 500, message: 'unknown error' },
  UNAVAILABLE: { status: 503, message: 'service unavailable' },
} as const satisfies Record<string, { status: number; message: string }>;

export type OciErrorCode = keyof typeof ociErrorCodes;

export interface OciErrorOptions {
  /** Public, JSON-serialisable detail for the client. */
  detail?: unknown;
  /** Private: never shown to the client. */
  cause?: unknown;
  /** Overrides the usual status of the code. */
  status?: number;
}

/** An error a `/v2` client is told about: everything but `cause` and `stack` is public. */
export class OciError extends Error {
  override readonly name = 'OciError';
  readonly code: OciErrorCode;
  readonly status: number;
  readonly detail?: unknown;

  constructor(code: OciErrorCode, message?: string, options: OciErrorOptions = {}) {
    super(
      message ?? ociErrorCodes[code].message,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.status = options.status ?? ociErrorCodes[code].status;
    if (options.detail !== undefined) this.detail = options.detail;
  }
}

/** Renders the error body of the distribution spec: `{"errors":[{code, message, detail?}]}`. */
export function presentErrors(errors: readonly OciError[]): string {
  return JSON.stringify({
    errors: errors.map(({ code, message, detail }) => ({ code, message, detail })),
  });
}
