import { lookup } from 'node:dns/promises';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls, getCACertificates, type PeerCertificate } from 'node:tls';

/** What TLS showed of a server. */
export interface ShownCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly validTo: Date;
  /** Node's word for what is wrong with it, such as `SELF_SIGNED_CERT_IN_CHAIN`; undefined: trusted. */
  readonly fault: string | undefined;
}

const TIMEOUT_MS = 5_000;

/** @throws the error of DNS */
export async function findAddresses(url: URL): Promise<string[]> {
  const found = await lookup(hostOf(url), { all: true });
  return found.map(({ address }) => address);
}

/** Resolves when a connection was accepted. @throws the error of the connection */
export async function reachPort(url: URL): Promise<void> {
  const socket = connectTcp({ host: hostOf(url), port: portOf(url), timeout: TIMEOUT_MS });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
      socket.once('timeout', () => reject(new Error('nobody answered within 5 s')));
    });
  } finally {
    socket.destroy();
  }
}

/**
 * The certificate that a server shows, trusted or not.
 *
 * @param ca PEM, trusted beside the system's authorities
 * @throws the error of the handshake
 */
export async function readCertificate(url: URL, ca: string | undefined): Promise<ShownCertificate> {
  const host = hostOf(url);
  const socket = connectTls({
    host,
    port: portOf(url),
    timeout: TIMEOUT_MS,
    // To be shown, not to be used: nothing is sent on this connection.
    rejectUnauthorized: false,
    ...(/^[\d.]+$|:/.test(host) ? {} : { servername: host }),
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ca] }),
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
      socket.once('timeout', () => reject(new Error('no TLS within 5 s')));
    });
    return present(socket.getPeerCertificate(), socket.authorizationError);
  } finally {
    socket.destroy();
  }
}

function present(certificate: PeerCertificate, fault: unknown): ShownCertificate {
  return {
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    validTo: new Date(certificate.valid_to),
    fault: codeOf(fault),
  };
}

/** Node gives the code itself, whatever its types say. */
function codeOf(fault: unknown): string | undefined {
  if (typeof fault === 'string') return fault;
  if (!(fault instanceof Error)) return undefined;
  return 'code' in fault && typeof fault.code === 'string' ? fault.code : fault.message;
}

function nameOf(name: PeerCertificate['subject'] | undefined): string {
  return Object.entries(name ?? {})
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(', ');
}

function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function portOf({ port, protocol }: URL): number {
  if (port !== '') return Number(port);
  return protocol === 'https:' ? 443 : 80;
}
