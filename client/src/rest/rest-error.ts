/** A refusal of the REST API, in its own words. */
export class RestError extends Error {
  /** HTTP's; 0 when there was no answer. */
  readonly status: number;
  /** Harbor's, such as `NOT_FOUND`; empty when there was none. */
  readonly code: string;
  /** As the server's log has it, if there was an answer. */
  readonly requestId: string | undefined;
  /** Where to log in, when a login elsewhere is the way (`/c/login`, `/c/log_out`). */
  readonly redirectLocation: string | undefined;

  constructor(
    status: number,
    { code = '', message = '', requestId, redirectLocation }: Partial<RestProblem> = {},
  ) {
    super(message || `the registry answered ${status}`);
    this.name = 'RestError';
    this.status = status;
    this.code = code;
    this.requestId = requestId;
    this.redirectLocation = redirectLocation;
  }
}

interface RestProblem {
  readonly code: string;
  readonly message: string;
  readonly requestId: string | undefined;
  readonly redirectLocation: string | undefined;
}

/** Reads Harbor's error envelope, or Kubernetes' Status; what is none gives the status alone. */
export async function parseProblem(response: Response): Promise<RestError> {
  const requestId = response.headers.get('x-request-id') ?? undefined;
  const body: unknown = await response.json().catch(() => undefined);
  if (typeof body !== 'object' || body === null)
    return new RestError(response.status, { requestId });
  const location = 'redirect_location' in body ? body.redirect_location : undefined;
  const redirectLocation = typeof location === 'string' ? location : undefined;
  const first: unknown =
    'errors' in body && Array.isArray(body.errors) ? body.errors[0] : undefined;
  if (typeof first !== 'object' || first === null) {
    return new RestError(response.status, { ...statusOf(body), requestId, redirectLocation });
  }
  const code = 'code' in first && typeof first.code === 'string' ? first.code : '';
  const message = 'message' in first && typeof first.message === 'string' ? first.message : '';
  return new RestError(response.status, { code, message, requestId, redirectLocation });
}

/** What the TKE registry's Kubernetes-style API says of a refusal. */
function statusOf(body: object): Partial<RestProblem> {
  if (!('kind' in body) || body.kind !== 'Status') return {};
  const code = 'reason' in body && typeof body.reason === 'string' ? body.reason : '';
  const message = 'message' in body && typeof body.message === 'string' ? body.message : '';
  return { code, message };
}
