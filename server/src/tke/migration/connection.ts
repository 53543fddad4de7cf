import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { rootCertificates } from 'node:tls';
import { Agent, fetch as undiciFetch } from 'undici';

export interface ConnectionOptions {
  /** PEM of certificates to trust beside the system's. */
  readonly ca?: string | undefined;
  /** Names below `suffix` are looked for at `host`, whatever DNS says of them. */
  readonly pin?: { readonly suffix: string; readonly host: string } | undefined;
}

export interface Connection {
  readonly fetch: typeof fetch;
  close(): Promise<void>;
}

const CONNECT_MS = 10_000;
const STALL_MS = 300_000;

/** Kept connections to one registry, with an authority and addresses of its own. */
export function createConnection({ ca, pin }: ConnectionOptions = {}): Connection {
  const agent = new Agent({
    headersTimeout: STALL_MS,
    bodyTimeout: STALL_MS,
    connect: {
      timeout: CONNECT_MS,
      ...(ca !== undefined && { ca: [...rootCertificates, ca] }),
      ...(pin !== undefined && { lookup: pinned(pin) }),
    },
  });
  return {
    fetch: (input, init) => undiciFetch(input, { ...init, dispatcher: agent }),
    close: () => agent.destroy(),
  };
}

function pinned({ suffix, host }: { suffix: string; host: string }): LookupFunction {
  return (name, options, callback) => {
    const isOurs = name === suffix || name.endsWith(`.${suffix}`);
    lookup(isOurs ? host : name, options, callback);
  };
}
