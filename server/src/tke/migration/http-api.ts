import type { z } from 'zod';
import { AppError, type AppErrorKind } from '../../lib/index.ts';
import { attempt } from './attempt.ts';

export interface HttpApiOptions {
  /** `http(s)://host[:port]` */
  readonly url: string;
  readonly fetch: typeof fetch;
  /** The header's value; undefined for none. */
  readonly authorization: string | undefined;
  /** Between tries; for tests. */
  readonly pausesMs?: readonly number[];
}

export interface Answer {
  readonly status: number;
  readonly bytes: Buffer;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const TIMEOUT_MS = 120_000;

/** Requests with small bodies to one server, tried again where that is of use. */
export class HttpApi {
  readonly #options: HttpApiOptions;

  constructor(options: HttpApiOptions) {
    this.#options = options;
  }

  /**
   * A document, checked.
   *
   * @throws AppError for any answer but 200, and for one of another shape
   */
  async getJson<T>(path: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    const answer = await this.send({ path }, signal);
    if (answer.status !== 200) throw refusalOf('GET', path, answer);
    return parseJson(path, answer.bytes, schema);
  }

  /** @returns undefined for 404. @throws AppError for any other answer but 200 */
  async findBytes(path: string, signal: AbortSignal): Promise<Buffer | undefined> {
    const answer = await this.send({ path }, signal);
    if (answer.status === 404) return undefined;
    if (answer.status !== 200) throw refusalOf('GET', path, answer);
    return answer.bytes;
  }

  /** Any request. A status of 5xx or 429 is tried again, then thrown as AppError unavailable. */
  send(
    request: {
      readonly path: string;
      readonly method?: string;
      readonly body?: string | Uint8Array<ArrayBuffer>;
      readonly contentType?: string;
    },
    signal: AbortSignal,
  ): Promise<Answer> {
    return attempt(() => this.#once(request, signal), signal, this.#options.pausesMs);
  }

  async #once(request: Parameters<HttpApi['send']>[0], outer: AbortSignal): Promise<Answer> {
    const { url, authorization } = this.#options;
    const { path, method = 'GET', body, contentType } = request;
    const deadline = AbortSignal.timeout(TIMEOUT_MS);
    const response = await this.#options.fetch(new URL(path, url), {
      method,
      headers: {
        accept: 'application/json, */*;q=0.5',
        ...(authorization !== undefined && { authorization }),
        ...(contentType !== undefined && { 'content-type': contentType }),
      },
      signal: AbortSignal.any([outer, deadline]),
      ...(body !== undefined && { body }),
    });
    const answer = { status: response.status, bytes: await readAll(response, path) };
    if (answer.status >= 500 || answer.status === 429) throw refusalOf(method, path, answer);
    return answer;
  }
}

/** The header of an HTTP Basic login. */
export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** @throws AppError unavailable for bytes that are no such document */
export function parseJson<T>(path: string, bytes: Buffer, schema: z.ZodType<T>): T {
  try {
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    throw new AppError('invalid', `${path} was answered with another document than expected`, {
      cause: error,
    });
  }
}

/** What an unwanted answer means, with the server's own sentence where it gives one. */
export function refusalOf(method: string, path: string, { status, bytes }: Answer): AppError {
  const [where] = path.split('?');
  const said = messageOf(bytes);
  const reason = said === undefined ? '' : `: ${said}`;
  return new AppError(kindOf(status), `${method} ${where} was answered with ${status}${reason}`);
}

function kindOf(status: number): AppErrorKind {
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'denied';
  if (status === 404) return 'not-found';
  if (status === 409) return 'conflict';
  if (status === 429) return 'too-many';
  return status >= 500 ? 'unavailable' : 'invalid';
}

const MAX_SENTENCE = 300;

/** The message of Kubernetes' Status, of Harbor's and the distribution spec's errors, of ChartMuseum's. */
function messageOf(bytes: Buffer): string | undefined {
  try {
    const body: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof body !== 'object' || body === null) return undefined;
    const [first]: unknown[] =
      'errors' in body && Array.isArray(body.errors) ? body.errors : [body];
    if (typeof first !== 'object' || first === null) return undefined;
    const text = 'message' in first ? first.message : 'error' in first ? first.error : undefined;
    return typeof text === 'string' ? text.slice(0, MAX_SENTENCE) : undefined;
  } catch {
    return undefined;
  }
}

async function readAll(response: Response, path: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) {
      throw new AppError(
        'too-large',
        `${path} was answered with more than ${MAX_ANSWER_BYTES} bytes`,
      );
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
