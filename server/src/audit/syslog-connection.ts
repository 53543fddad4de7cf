import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { AppError } from '../lib/index.ts';
import { parseSyslogEndpoint, type SyslogEndpoint } from './syslog.ts';

export interface SyslogConnectOptions {
  /** PEM, in place of the certificate authorities that Node knows. */
  readonly ca?: string | undefined;
  /** 5 s unless told. */
  readonly connectTimeoutMs?: number | undefined;
  /** Gives up the attempt. */
  readonly signal?: AbortSignal | undefined;
}

const CONNECT_TIMEOUT_MS = 5000;

/** A connection that may be written to; for `tls:` the server has proved its name. */
export function openSyslogSocket(
  endpoint: SyslogEndpoint,
  options: SyslogConnectOptions = {},
): Promise<Socket | TLSSocket> {
  const socket = start(endpoint, options);
  const { signal, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options;
  return new Promise((resolve, reject) => {
    const giveUp = (reason: string) => () => void socket.destroy(new Error(reason));
    const timer = setTimeout(giveUp(`no connection in ${connectTimeoutMs} ms`), connectTimeoutMs);
    const onAbort = giveUp('the connection is no longer wanted');
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
    socket.once('error', reject);
    socket.once('close', () => {
      settle();
      reject(new Error('the connection was closed while it was made'));
    });
    socket.once(endpoint.isTls ? 'secureConnect' : 'connect', () => {
      settle();
      socket.off('error', reject);
      resolve(socket);
    });
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
  });
}

function start({ host, port, isTls }: SyslogEndpoint, { ca }: SyslogConnectOptions): Socket {
  if (!isTls) return connectTcp({ host, port });
  return connectTls({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
  });
}

/**
 * Whether somebody listens at an endpoint, before it is configured.
 *
 * @throws AppError invalid: not an endpoint, or nobody answers there
 */
export async function checkReachable(
  endpoint: string,
  options: SyslogConnectOptions = {},
): Promise<void> {
  const parsed = parseSyslogEndpoint(endpoint);
  try {
    const socket = await openSyslogSocket(parsed, options);
    socket.on('error', () => undefined);
    // Lets the handshake end also at the other side, which would log an attack otherwise.
    socket.destroySoon();
  } catch (cause) {
    throw new AppError('invalid', `no syslog server answers at ${endpoint}`, { cause });
  }
}
