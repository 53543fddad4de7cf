import { once } from 'node:events';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Client } from 'ldapts';
import { explainTimeout, LdapError } from './ldap.errors.ts';
import type { LdapTarget } from './target.ts';

/** Starts a TCP connection. The place for rules on which addresses may be reached. */
export type Dial = (address: { readonly host: string; readonly port: number }) => Socket;

/** OID of the StartTLS operation (RFC 4511, section 4.14). */
const START_TLS = '1.3.6.1.4.1.1466.20037';

export const dialTcp: Dial = (address) => connect(address);

/**
 * Connects, with TLS if the target says so. The socket is open; the caller must destroy it.
 *
 * @throws LdapError unreachable, tls, timeout
 */
export async function openSocket(
  target: LdapTarget,
  { signal, dial }: { readonly signal: AbortSignal; readonly dial: Dial },
): Promise<Socket> {
  const socket = dial({ host: target.host, port: target.port });
  // Errors between the steps are seen by whoever uses the socket next.
  socket.on('error', () => {});
  try {
    await once(socket, 'connect', { signal }).catch(
      explain(signal, 'unreachable', 'nothing answers at the LDAP URL'),
    );
    if (target.protection === 'none') return socket;
    if (target.protection === 'start-tls') await requestTls(socket, signal);
    return await secure(socket, target, signal);
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function secure(socket: Socket, target: LdapTarget, signal: AbortSignal): Promise<TLSSocket> {
  const secured = connectTls({
    socket,
    minVersion: 'TLSv1.2',
    ...(target.ca !== undefined && { ca: target.ca }),
    host: target.host,
    // RFC 6066: no address in the server name; the certificate is checked against `host` then.
    ...(isIP(target.host) === 0 && { servername: target.host }),
    rejectUnauthorized: target.verifyCert,
  });
  secured.on('error', () => {});
  await once(secured, 'secureConnect', { signal }).catch(
    explain(signal, 'tls', 'TLS with the directory failed or its certificate is not trusted'),
  );
  return secured;
}

/**
 * The client of this exchange is used for nothing else: what an attacker sends in the clear behind
 * the answer dies with its parser and never meets what comes through TLS.
 */
async function requestTls(socket: Socket, signal: AbortSignal): Promise<void> {
  const client = new Client({ url: 'ldap://directory', createConnection: () => socket });
  const abort = () => socket.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    await client.exop(START_TLS);
    socket.removeAllListeners('data');
  } catch (cause) {
    explain(signal, 'tls', 'the directory does not offer StartTLS')(cause);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

function explain(
  signal: AbortSignal,
  kind: 'unreachable' | 'tls',
  message: string,
): (cause: unknown) => never {
  return (cause) => {
    throw signal.aborted ? explainTimeout(cause) : new LdapError(kind, message, { cause });
  };
}
