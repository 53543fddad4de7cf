import { z } from 'zod';
import { discard, readText, type Upstream } from './upstream.ts';
import { brokenUpstream } from './upstream-error.ts';

/** What a request to the existing Harbor is sent with. */
export interface UpstreamCredentials {
  /**
   * @param shown the client's own header
   * @param scopes as the existing Harbor names them
   * @throws OciError UNAVAILABLE when the account is refused; Challenge when the client's is
   */
  authorizationFor(
    shown: string | undefined,
    tenant: string,
    scopes: readonly string[],
  ): Promise<string | undefined>;
  /** What was sent was refused. */
  forget(): void;
  /** Whether it is our account that is refused, and not the client. */
  readonly isOurs: boolean;
}

interface Bearer {
  /** Path and query of the token endpoint. */
  readonly path: string;
  readonly service: string;
}

interface Issued {
  readonly token: string;
  /** `performance.now()` */
  readonly until: number;
}

const tokenSchema = z.object({
  token: z.string().optional(),
  access_token: z.string().optional(),
  expires_in: z.number().optional(),
});

/** What a token lives without telling (Docker's token specification). */
const DEFAULT_SECONDS = 60;
const MARGIN_SECONDS = 15;
const MAX_TOKENS = 1_000;

/**
 * The one account that the existing Harbor knows. It is shown as Basic where that is taken, and
 * as tokens otherwise; which, is asked once, since a body that was refused cannot be sent again.
 */
export class ServiceAccount implements UpstreamCredentials {
  readonly isOurs = true;
  readonly #upstream: Upstream;
  readonly #basic: string;
  #way: Promise<Bearer | undefined> | undefined;
  readonly #tokens = new Map<string, Promise<Issued>>();

  constructor(upstream: Upstream, account: { username: string; password: string }) {
    this.#upstream = upstream;
    const text = `${account.username}:${account.password}`;
    this.#basic = `Basic ${Buffer.from(text).toString('base64')}`;
  }

  async authorizationFor(
    _shown: string | undefined,
    _tenant: string,
    scopes: readonly string[],
  ): Promise<string> {
    this.#way ??= this.#learn();
    let bearer: Bearer | undefined;
    try {
      bearer = await this.#way;
    } catch (error) {
      this.#way = undefined;
      throw error;
    }
    return bearer === undefined ? this.#basic : `Bearer ${await this.#token(bearer, scopes)}`;
  }

  forget(): void {
    this.#way = undefined;
    this.#tokens.clear();
  }

  async #learn(): Promise<Bearer | undefined> {
    const answer = await this.#get('/v2/');
    await discard(answer.body);
    if (answer.status === 200) return undefined;
    const challenge = answer.headers['www-authenticate'] ?? '';
    const realm = /realm="([^"]*)"/.exec(challenge)?.[1];
    const target = URL.parse(realm ?? '');
    if (answer.status !== 401 || !/^bearer /i.test(challenge) || target === null) {
      throw brokenUpstream(`the service account is refused: ${answer.status}`);
    }
    // Whatever host it names: the account's password is for the configured one alone.
    const service = /service="([^"]*)"/.exec(challenge)?.[1] ?? '';
    return { path: target.pathname + target.search, service };
  }

  async #token(bearer: Bearer, scopes: readonly string[]): Promise<string> {
    const key = scopes.join(' ');
    const known = this.#tokens.get(key);
    if (known !== undefined) {
      const { token, until } = await known;
      if (performance.now() < until) return token;
    }
    if (this.#tokens.size >= MAX_TOKENS) this.#tokens.clear();
    const issuing = this.#issue(bearer, scopes);
    this.#tokens.set(key, issuing);
    try {
      return (await issuing).token;
    } catch (error) {
      this.#tokens.delete(key);
      throw error;
    }
  }

  async #issue({ path, service }: Bearer, scopes: readonly string[]): Promise<Issued> {
    const query = new URLSearchParams({ service });
    for (const scope of scopes) query.append('scope', scope);
    const answer = await this.#get(`${path}${path.includes('?') ? '&' : '?'}${query.toString()}`);
    const text = await readText(answer.body);
    if (answer.status !== 200) throw brokenUpstream(`no token is issued: ${answer.status}`);
    const parsed = tokenSchema.safeParse(JSON.parse(text));
    const token = parsed.data?.token ?? parsed.data?.access_token;
    if (token === undefined) throw brokenUpstream('the token endpoint gave none');
    const seconds = (parsed.data?.expires_in ?? DEFAULT_SECONDS) - MARGIN_SECONDS;
    return { token, until: performance.now() + seconds * 1000 };
  }

  #get(path: string) {
    // Of everybody: one client that goes away must not end it.
    const signal = new AbortController().signal;
    const headers = { accept: 'application/json' };
    return this.#upstream.send({
      method: 'GET',
      path,
      headers,
      authorization: this.#basic,
      signal,
    });
  }
}
