import type { IncomingHttpHeaders } from 'node:http';
import { type BlockList, isIPv6, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { getCACertificates } from 'node:tls';
import type { Agent, Dispatcher } from 'undici';
import type { AddressPolicy } from './address.ts';
import { EgressError, type EgressErrorCode } from './egress.errors.ts';
import type { EgressMethod, EgressTls } from './exchange.ts';
import { type Resolve, resolveTarget } from './target.ts';

export interface StreamRequest {
  readonly method: EgressMethod;
  readonly url: string | URL;
  /** Those that belong to the connection, such as Host, are left out. */
  readonly headers?: Readonly<Record<string, string>>;
  /** A stream is sent as it comes, in pieces unless `length` is told. */
  readonly body?: Uint8Array | Readable;
  /** Bytes of a body that is a stream. */
  readonly length?: number;
  readonly policy: AddressPolicy;
  /** Verified against the system's authorities unless told; the same object each time is fastest. */
  readonly tls?: EgressTls;
  /** From the end of the request to the headers of the answer; 60 s unless told. */
  readonly headersTimeoutMs?: number;
  /** Between two pieces of the answer's body; 60 s unless told. There is no limit on the whole. */
  readonly stallMs?: number;
  /** Also ends the answer's body. */
  readonly signal?: AbortSignal;
}

export interface StreamResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** To be read or destroyed, or else its connection is lost to others. Cut, it errs. */
  readonly body: Readable;
}

export interface StreamRules {
  readonly listed: BlockList;
  readonly resolve: Resolve;
  readonly connectTimeoutMs: number;
}

const HEADERS_MS = 60_000;
const STALL_MS = 60_000;
const KEEP_ALIVE_MS = 20_000;
const MAX_CONNECTIONS = 256;
/** How long one of several addresses may take before the next one is tried. */
const ATTEMPT_MS = 2_000;
const VERIFIED: EgressTls = { verify: true };

type Undici = typeof import('undici');

/** Requests over kept connections, whose addresses are checked as each connection is made. */
export class Streams {
  readonly #rules: StreamRules;
  /** Read when the first stream is asked for: most registries never ask, and all start. */
  #undici: Undici | undefined;
  readonly #agents = new Map<string, Agent>();
  /** So that a PEM of many kilobytes is not compared at each request. */
  readonly #known = new WeakMap<EgressTls, Partial<Record<AddressPolicy, Agent>>>();

  constructor(rules: StreamRules) {
    this.#rules = rules;
  }

  /** @throws EgressError, or the signal's reason */
  async send(
    request: StreamRequest,
    url: URL,
    headers: Record<string, string>,
  ): Promise<StreamResponse> {
    const { method, body, signal, policy, tls = VERIFIED } = request;
    signal?.throwIfAborted();
    const options: Dispatcher.RequestOptions = {
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method,
      headers,
      body: body ?? null,
      headersTimeout: request.headersTimeoutMs ?? HEADERS_MS,
      bodyTimeout: request.stallMs ?? STALL_MS,
      ...(signal !== undefined && { signal }),
    };
    try {
      this.#undici ??= await import('undici');
      const answer = await this.#agentOf(this.#undici, policy, tls).request(options);
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      if (error instanceof EgressError) throw error;
      throw new EgressError(codeOf(error), { cause: error });
    }
  }

  /** Ends all connections, those in use included. */
  async close(): Promise<void> {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.all(agents.map((agent) => agent.destroy()));
  }

  #agentOf(undici: Undici, policy: AddressPolicy, tls: EgressTls): Agent {
    const known = this.#known.get(tls) ?? {};
    const agent = known[policy];
    if (agent !== undefined && !agent.destroyed) return agent;
    const key = JSON.stringify([policy, tls.verify, tls.ca]);
    const found = this.#agents.get(key) ?? this.#createAgent(undici, policy, tls);
    this.#agents.set(key, found);
    this.#known.set(tls, { ...known, [policy]: found });
    return found;
  }

  #createAgent({ Agent }: Undici, policy: AddressPolicy, { verify, ca }: EgressTls): Agent {
    return new Agent({
      connections: MAX_CONNECTIONS,
      keepAliveTimeout: KEEP_ALIVE_MS,
      allowH2: false,
      maxHeaderSize: 64 * 1024,
      connect: {
        timeout: this.#rules.connectTimeoutMs,
        rejectUnauthorized: verify,
        minVersion: 'TLSv1.2',
        ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
        lookup: this.#lookup(policy),
        autoSelectFamily: true,
        autoSelectFamilyAttemptTimeout: ATTEMPT_MS,
      },
    });
  }

  #lookup(policy: AddressPolicy): LookupFunction {
    const rules = { ...this.#rules, policy };
    return (hostname, options, callback) => {
      void answerLookup(hostname, rules, (error, addresses) => {
        const answers = addresses.map((address) => ({ address, family: isIPv6(address) ? 6 : 4 }));
        const [first] = answers;
        if (error !== null || options.all === true) callback(error, answers);
        else callback(null, first?.address ?? '', first?.family);
      });
    };
  }
}

/** Resolves a name to addresses that may be called; a literal address was checked before. */
async function answerLookup(
  hostname: string,
  rules: Parameters<typeof resolveTarget>[1],
  answer: (error: Error | null, addresses: readonly string[]) => void,
): Promise<void> {
  let addresses: readonly string[];
  try {
    addresses = await resolveTarget(new URL(`http://${hostname}/`), rules);
  } catch (error) {
    return answer(error instanceof Error ? error : new Error('unresolved'), []);
  }
  return answer(null, addresses);
}

const codes: Readonly<Record<string, EgressErrorCode>> = {
  UND_ERR_CONNECT_TIMEOUT: 'timeout',
  UND_ERR_HEADERS_TIMEOUT: 'timeout',
  UND_ERR_BODY_TIMEOUT: 'timeout',
  UND_ERR_SOCKET: 'protocol',
  UND_ERR_HEADERS_OVERFLOW: 'protocol',
  ECONNRESET: 'protocol',
  EPIPE: 'protocol',
};

function codeOf(error: unknown): EgressErrorCode {
  if (!(error instanceof Error)) return 'unreachable';
  const code = 'code' in error ? String(error.code) : '';
  const known = codes[code];
  if (known !== undefined) return known;
  if (error.name === 'HTTPParserError') return 'protocol';
  if (/^UND_ERR_(?:RES|REQ)/.test(code)) return 'protocol';
  return isTlsFailure(code) ? 'tls' : 'unreachable';
}

/** What Node calls failures of certificates and of the handshake. */
function isTlsFailure(code: string): boolean {
  return /^ERR_(?:TLS|SSL)|CERT|_SIGNATURE|_LEAF_|UNABLE_TO_|CRL_|EPROTO|HOSTNAME_MISMATCH/.test(
    code,
  );
}
