import { z } from 'zod';
import {
  type Egress,
  EgressError,
  type EgressMethod,
  type EgressResponse,
} from '../../../egress/index.ts';
import { pause } from '../../../lib/index.ts';
import type { HarborConfiguration } from '../../config/registry-configuration.ts';
import { ProviderError } from '../provider.ts';
import { rethrow, statusFailure, unreadable } from './harbor-error.ts';
import { retryDelay } from './retry.ts';

export interface HarborRequest {
  readonly method: EgressMethod;
  /** Below the address, such as `/api/v2.0/projects`; its segments are encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Of the answer; 16 MiB unless told. */
  readonly maxBytes?: number;
  /** Statuses that are given back like 2xx; any other one is thrown. */
  readonly expected?: readonly number[];
  /** 0 unless told. Other hosts do not get our credentials. */
  readonly redirects?: number;
  readonly signal?: AbortSignal | undefined;
}

/** An existing Harbor by its HTTP interfaces, as its service account. All throw ProviderError. */
export interface HarborApi {
  readonly username: string;
  /** Repeats what may be repeated, three times in all. */
  send(request: HarborRequest): Promise<EgressResponse>;
  /** A document; undefined where there is none (404). */
  find<T>(schema: z.ZodType<T>, request: Omit<HarborRequest, 'method'>): Promise<T | undefined>;
  /** The items of all pages; none where there is no such list (404). */
  list<T>(schema: z.ZodType<T>, request: Omit<HarborRequest, 'method'>): Promise<T[]>;
}

export interface HarborApiPorts {
  readonly egress: Pick<Egress, 'request'>;
  readonly configuration: HarborConfiguration;
  /** For one try; 15 s unless told. */
  readonly timeoutMs?: number;
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
}

const TIMEOUT_MS = 15_000;
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_TRIES = 3;
const PAGE_SIZE = 100;
/** A million items: more than that is a server that gives the same page for ever. */
const MAX_PAGES = 10_000;

export function createHarborApi(ports: HarborApiPorts): HarborApi {
  return new Api(ports);
}

class Api implements HarborApi {
  readonly #ports: HarborApiPorts;
  readonly #authorization: string;

  constructor(ports: HarborApiPorts) {
    this.#ports = ports;
    const { username, password } = ports.configuration;
    this.#authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  }

  get username(): string {
    return this.#ports.configuration.username;
  }

  async send(request: HarborRequest): Promise<EgressResponse> {
    const wait = this.#ports.pause ?? pause;
    const signal = request.signal ?? new AbortController().signal;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#try(request);
      const delay = attempt < MAX_TRIES ? retryDelay(request.method, outcome, attempt) : undefined;
      if (delay === undefined) return settle(request, outcome);
      await wait(delay, signal);
      signal.throwIfAborted();
    }
  }

  async find<T>(
    schema: z.ZodType<T>,
    request: Omit<HarborRequest, 'method'>,
  ): Promise<T | undefined> {
    const expected = [404, ...(request.expected ?? [])];
    const response = await this.send({ ...request, method: 'GET', expected });
    return response.status < 300 ? parseJson(schema, response.body) : undefined;
  }

  async list<T>(schema: z.ZodType<T>, request: Omit<HarborRequest, 'method'>): Promise<T[]> {
    const items: T[] = [];
    for (let page = 1; page <= MAX_PAGES; page += 1) {
      const query = { ...request.query, page, page_size: PAGE_SIZE };
      const response = await this.send({ ...request, query, method: 'GET', expected: [404] });
      if (response.status === 404) return items;
      // Harbor has said null for nothing.
      const found = parseJson(schema.array().nullable(), response.body) ?? [];
      items.push(...found);
      const total = totalOf(response);
      const isMore = total === undefined ? found.length >= PAGE_SIZE : items.length < total;
      if (found.length === 0 || !isMore) return items;
    }
    throw unreadable(new Error(`${request.path} has no end`));
  }

  async #try(request: HarborRequest): Promise<EgressResponse | EgressError> {
    const { configuration, egress, timeoutMs = TIMEOUT_MS } = this.#ports;
    const { ca, verifyTls } = configuration;
    const { method, body, signal, redirects = 0, maxBytes = MAX_BYTES } = request;
    try {
      return await egress.request({
        method,
        url: urlOf(configuration.url, request),
        headers: { authorization: this.#authorization, ...request.headers },
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
        policy: 'private-allowed',
        tls: { verify: verifyTls, ...(ca !== undefined && { ca }) },
        timeoutMs,
        maxBytes,
        redirects,
      });
    } catch (error) {
      if (error instanceof EgressError) return error;
      throw error;
    }
  }
}

/** @throws ProviderError */
export function parseJson<T>(schema: z.ZodType<T>, body: Buffer): T {
  try {
    return schema.parse(JSON.parse(body.toString('utf8')));
  } catch (error) {
    throw unreadable(error);
  }
}

function settle(request: HarborRequest, outcome: EgressResponse | EgressError): EgressResponse {
  if (outcome instanceof EgressError) return rethrow(outcome);
  const { status, body } = outcome;
  const isExpected = (status >= 200 && status < 300) || request.expected?.includes(status);
  if (isExpected) return outcome;
  const told = body.subarray(0, 500).toString('utf8');
  throw statusFailure(
    status,
    told,
    new Error(`${request.method} ${request.path}: ${status} ${told}`),
  );
}

/** @throws ProviderError invalid for a path that a name in it leads elsewhere, such as `..` */
function urlOf(base: string, { path, query = {} }: HarborRequest): string {
  const url = URL.parse(`${base}${path}`);
  if (url === null || !`${url.pathname}${url.search}`.endsWith(path)) {
    throw new ProviderError('invalid', 'the back end cannot have such a name', {
      cause: new Error(path),
    });
  }
  for (const [name, value] of Object.entries(query)) {
    url.searchParams.append(name, String(value));
  }
  return url.href;
}

function totalOf({ headers }: EgressResponse): number | undefined {
  const total = headers.get('x-total-count');
  return total !== null && /^\d{1,12}$/.test(total) ? Number(total) : undefined;
}
