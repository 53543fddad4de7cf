import type { IncomingMessage } from 'node:http';
import { AppError } from '../../lib/index.ts';

export interface RealmPorts {
  /** Configured, if it is. */
  readonly externalUrl: string | undefined;
  /** Whether the request comes straight from a proxy that is trusted. */
  isTrustedProxy(request: IncomingMessage): boolean;
}

const HOST =
  /^(?:[a-z\d_](?:[\w-]{0,61}[a-z\d_])?(?:\.[a-z\d_](?:[\w-]{0,61}[a-z\d_])?)*\.?|\[[\da-f:.]{2,45}\])(?::\d{1,5})?$/i;
const MAX_HOST_LENGTH = 260;

/**
 * Where a client gets its tokens: `https://t1.example.com/registry/auth`, at the host that it
 * called, whoever that is, and never at the back end's.
 *
 * @throws AppError invalid for a Host header that is none
 */
export function createRealmOf(ports: RealmPorts): (request: IncomingMessage) => string {
  return (request) => `${originOf(ports, request)}/registry/auth`;
}

/** Scheme and host that the client used. @throws AppError invalid */
export function originOf(ports: RealmPorts, request: IncomingMessage): string {
  const { host } = request.headers;
  if (host === undefined || host === '') return ports.externalUrl?.replace(/\/+$/, '') ?? '';
  if (host.length > MAX_HOST_LENGTH || !HOST.test(host)) {
    throw new AppError('invalid', 'the Host header is not a host name or an address');
  }
  return `${schemeOf(ports, request)}://${host}`;
}

function schemeOf({ externalUrl, isTrustedProxy }: RealmPorts, request: IncomingMessage): string {
  if (isTrustedProxy(request)) {
    // The last one is the trusted proxy's own; what stands before it anybody can write.
    const told = String(request.headers['x-forwarded-proto'] ?? '')
      .split(',')
      .at(-1)
      ?.trim()
      .toLowerCase();
    if (told === 'https' || told === 'http') return told;
  }
  if (externalUrl !== undefined) return externalUrl.startsWith('https:') ? 'https' : 'http';
  return 'encrypted' in request.socket ? 'https' : 'http';
}
