import createFetchClient, { type Client } from 'openapi-fetch';
import { RestError } from './rest-error.ts';
import type { paths } from './schema.gen.ts';

export type RestClient = Client<paths>;

/**
 * A client of the REST API, typed by its document. Repositories below their project are given with
 * their slashes encoded once (`encodeURIComponent`): as a part of the path they are encoded again.
 *
 * @param baseUrl the registry's address without a slash at its end; '' in its own pages
 */
export function createRestClient(
  baseUrl: string,
  fetch: (request: Request) => Promise<Response>,
): RestClient {
  return createFetchClient<paths>({ baseUrl, fetch });
}

interface Exchange<T> {
  readonly data?: T;
  readonly error?: unknown;
  readonly response: Response;
}

export interface Listed<T> {
  readonly items: readonly T[];
  /** On all pages. */
  readonly total: number;
}

/** The body of an answer. @throws RestError */
export async function one<T>(exchange: Promise<Exchange<T>>): Promise<NonNullable<T>> {
  const { data, response } = await exchange;
  if (!response.ok || data === undefined || data === null) throw refusal(response);
  return data;
}

/** A page of a list, and how many there are in all. @throws RestError */
export async function many<T>(exchange: Promise<Exchange<readonly T[] | T[]>>): Promise<Listed<T>> {
  const { data, response } = await exchange;
  if (!response.ok) throw refusal(response);
  const items = data ?? [];
  return { items, total: Number(response.headers.get('x-total-count') ?? items.length) };
}

/** For what answers nothing but that it is done. @returns `Location`, if any. @throws RestError */
export async function done(exchange: Promise<Exchange<unknown>>): Promise<string | undefined> {
  const { response } = await exchange;
  if (!response.ok) throw refusal(response);
  return response.headers.get('location') ?? undefined;
}

/** A body that is text, such as a log; ask with `parseAs: 'text'`. @throws RestError */
export async function text(exchange: Promise<Exchange<unknown>>): Promise<string> {
  const { data, response } = await exchange;
  if (!response.ok) throw refusal(response);
  return typeof data === 'string' ? data : '';
}

/** What `fetch` has let through; callers throw what `parseProblem` read instead. */
function refusal(response: Response): RestError {
  return new RestError(response.status, {
    requestId: response.headers.get('x-request-id') ?? undefined,
  });
}
