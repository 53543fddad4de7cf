import { readBytes } from './body.ts';

/** One entry of the distribution spec's error body. */
export interface ErrorEntry {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

export interface RegistryErrorOptions {
  readonly status: number;
  readonly errors?: readonly ErrorEntry[];
  readonly cause?: unknown;
}

/**
 * What a registry answered when it did not do as asked. `code` is the first code of the error
 * body, or `UNKNOWN`; codes are the registry's, so not only those of the spec.
 */
export class RegistryError extends Error {
  override readonly name = 'RegistryError';
  readonly status: number;
  readonly code: string;
  readonly errors: readonly ErrorEntry[];

  constructor(message: string, options: RegistryErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.status = options.status;
    this.errors = options.errors ?? [];
    this.code = this.errors[0]?.code ?? 'UNKNOWN';
  }
}

const MAX_ERROR_BYTES = 64 * 1024;

/** The error for an answer of unexpected status; reads at most 64 KiB of its body. */
export async function readError(response: Response, request: string): Promise<RegistryError> {
  const errors = await readEntries(response);
  const [first] = errors;
  const reason = first === undefined ? '' : `: ${first.code} ${first.message}`;
  return new RegistryError(`${request} was answered with ${response.status}${reason}`, {
    status: response.status,
    errors,
  });
}

async function readEntries(response: Response): Promise<ErrorEntry[]> {
  try {
    const bytes = await readBytes(response, MAX_ERROR_BYTES);
    return parseErrorEntries(JSON.parse(Buffer.from(bytes).toString('utf8')));
  } catch {
    return [];
  }
}

/** The entries of a parsed error body; what is not one is left out. */
export function parseErrorEntries(body: unknown): ErrorEntry[] {
  if (typeof body !== 'object' || body === null || !('errors' in body)) return [];
  if (!Array.isArray(body.errors)) return [];
  const entries: unknown[] = body.errors;
  return entries.flatMap((entry) => {
    if (typeof entry !== 'object' || entry === null || !('code' in entry)) return [];
    if (typeof entry.code !== 'string') return [];
    const message = 'message' in entry && typeof entry.message === 'string' ? entry.message : '';
    return [{ code: entry.code, message, ...('detail' in entry && { detail: entry.detail }) }];
  });
}
