import { AppError } from '../lib/index.ts';

export type EgressErrorCode =
  | 'invalid-url'
  | 'refused-address'
  | 'unreachable'
  | 'timeout'
  | 'tls'
  | 'too-large'
  | 'protocol';

/** Constant sentences: what the peer answered must not come back to whoever chose the peer. */
const sentences = {
  'invalid-url': 'the endpoint must be an http(s) URL without credentials',
  'refused-address': 'the endpoint is at an address that may not be called',
  unreachable: 'the endpoint cannot be reached',
  timeout: 'the endpoint did not answer in time',
  tls: 'no trusted TLS connection to the endpoint could be made',
  'too-large': 'the answer of the endpoint is too large',
  protocol: 'the endpoint did not answer as HTTP requires',
} satisfies Record<EgressErrorCode, string>;

/** An outgoing request that failed. The cause has the details, for the log only. */
export class EgressError extends AppError {
  readonly code: EgressErrorCode;

  constructor(code: EgressErrorCode, options: { cause?: unknown } = {}) {
    const isRefusal = code === 'invalid-url' || code === 'refused-address';
    super(isRefusal ? 'invalid' : 'unavailable', sentences[code], options);
    this.code = code;
  }
}
