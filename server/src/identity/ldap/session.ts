import type { Socket } from 'node:net';
import { Client, type Entry, type Filter, ResultCodeError, SASL_MECHANISMS } from 'ldapts';
import { explainTimeout, LdapError } from './ldap.errors.ts';
import { type Dial, openSocket } from './socket.ts';
import type { LdapTarget } from './target.ts';

/** An entry of the directory. */
export interface LdapEntry {
  readonly dn: string;
  /** All values of an attribute, whatever the case of its name; no control characters in them. */
  list(attribute: string): readonly string[];
}

export interface LdapSearch {
  readonly base: string;
  readonly scope: 'base' | 'one' | 'sub';
  readonly filter: Filter;
  readonly attributes: readonly string[];
  /** No more entries than this are returned; that there are more is no error. */
  readonly limit: number;
}

/** One connection. Answers of the directory are thrown as ldapts' `ResultCodeError`. */
export interface LdapSession extends AsyncDisposable {
  /** @throws ResultCodeError, LdapError unreachable, timeout, settings */
  bind(account: { readonly dn: string; readonly password: string }): Promise<void>;
  /** References to other servers are not followed. @throws like bind */
  search(search: LdapSearch): Promise<readonly LdapEntry[]>;
}

/** What one connection may receive; a thousand groups need a tenth of it. */
const MAX_BYTES = 8 * 1024 * 1024;

/**
 * Opens a connection that is destroyed when the signal aborts.
 *
 * @throws LdapError
 */
export async function openSession(
  target: LdapTarget,
  options: { readonly signal: AbortSignal; readonly dial: Dial },
): Promise<LdapSession> {
  return new Session(await openSocket(target, options), options.signal);
}

class Session implements LdapSession {
  readonly #socket: Socket;
  readonly #signal: AbortSignal;
  readonly #client: Client;
  readonly #abort: () => void;
  /** Rejects with the end of the time, whatever the library still waits for. */
  readonly #expiry = Promise.withResolvers<never>();

  constructor(socket: Socket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
    this.#expiry.promise.catch(() => {});
    this.#abort = () => {
      socket.destroy();
      this.#expiry.reject(explainTimeout());
    };
    signal.addEventListener('abort', this.#abort, { once: true });
    this.#client = new Client({ url: 'ldap://directory', createConnection: handOver(socket) });
  }

  async bind({ dn, password }: { dn: string; password: string }): Promise<void> {
    // The library takes these for SASL, and an empty one of them for anonymous (RFC 4513, 5.1).
    if (dn === '' || password === '' || SASL_MECHANISMS.some((name) => name === dn)) {
      throw new LdapError('settings', 'a bind needs a DN and a password');
    }
    await this.#run(() => this.#client.bind(dn, password));
  }

  async search(search: LdapSearch): Promise<readonly LdapEntry[]> {
    const { searchEntries } = await this.#run(() =>
      this.#client.search(search.base, {
        scope: search.scope,
        filter: search.filter,
        attributes: [...search.attributes],
        sizeLimit: search.limit,
        derefAliases: 'never',
      }),
    );
    // A directory may not heed the limit.
    return searchEntries.slice(0, search.limit).map(presentEntry);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#run(() => this.#client.unbind());
    } catch {
      // It was closed already.
    } finally {
      this.#signal.removeEventListener('abort', this.#abort);
      this.#socket.destroy();
    }
  }

  async #run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#signal.aborted) throw explainTimeout();
    try {
      return await Promise.race([work(), this.#expiry.promise]);
    } catch (cause) {
      if (this.#signal.aborted) throw explainTimeout(cause);
      if (cause instanceof ResultCodeError) throw cause;
      throw new LdapError('unreachable', 'the connection to the directory broke', { cause });
    }
  }
}

/**
 * Gives the library this one socket: it would reconnect by itself, and what is bound or secured here
 * must never go on over a new connection that is neither.
 */
function handOver(socket: Socket): () => Socket {
  return () => {
    if (socket.readyState !== 'open') throw new Error('the connection is closed');
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received > MAX_BYTES) socket.destroy(new Error('the directory sends too much'));
    });
    return socket;
  };
}

function presentEntry(entry: Entry): LdapEntry {
  const attributes = Object.entries(entry).filter(([name]) => name !== 'dn');
  return {
    dn: entry.dn,
    list(attribute) {
      const wanted = attribute.toLowerCase();
      // Options stand behind the name, such as `;range=0-1499` of Active Directory.
      return attributes
        .filter(([name]) => name.toLowerCase().split(';', 1)[0] === wanted)
        .flatMap(([, values]) => (Array.isArray(values) ? values : [values]))
        .map((value) => value.toString())
        .filter((value) => !/\p{Cc}/u.test(value));
    },
  };
}
