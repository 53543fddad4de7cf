/** A token as fetched. */
export interface IssuedToken {
  readonly token: string;
  /** Its life from now on. */
  readonly seconds: number;
}

export interface TokenCache {
  /** The cached token for the scopes, or the one that `fetch` gives; one fetch serves all waiting. */
  ensure(scopes: readonly string[], fetch: () => Promise<IssuedToken>): Promise<string>;
  /** True when there was one. */
  delete(scopes: readonly string[]): boolean;
}

interface Entry {
  readonly token: Promise<string>;
  /** Milliseconds since the epoch; infinite while the token is being fetched. */
  expiresAt: number;
}

const MAX_TOKENS = 1000;
const EXPIRY_MARGIN_SECONDS = 5;

/** Tokens by their scopes, each until shortly before it expires. A failed fetch is not kept. */
export function createTokenCache(now: () => number = Date.now): TokenCache {
  const entries = new Map<string, Entry>();
  return {
    ensure(scopes, fetch) {
      const key = keyOf(scopes);
      const cached = entries.get(key);
      if (cached !== undefined && cached.expiresAt > now()) return cached.token;
      const accept = ({ token, seconds }: IssuedToken) => {
        entry.expiresAt = now() + (seconds - EXPIRY_MARGIN_SECONDS) * 1000;
        return token;
      };
      const entry: Entry = { token: fetch().then(accept), expiresAt: Number.POSITIVE_INFINITY };
      if (entries.size >= MAX_TOKENS) entries.clear();
      entries.set(key, entry);
      entry.token.catch(() => entries.delete(key));
      return entry.token;
    },
    delete: (scopes) => entries.delete(keyOf(scopes)),
  };
}

function keyOf(scopes: readonly string[]): string {
  return scopes.toSorted().join(' ');
}
