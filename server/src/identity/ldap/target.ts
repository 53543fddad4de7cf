import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { LdapError } from './ldap.errors.ts';

/** Where a directory listens and how the connection is protected. */
export interface LdapTarget {
  readonly host: string;
  readonly port: number;
  readonly protection: 'none' | 'tls' | 'start-tls';
  readonly verifyCert: boolean;
  /** Certificates in PEM that are trusted in place of the public ones. */
  readonly ca: string | undefined;
}

const URL_FORM =
  /^(?:(?<scheme>ldaps?):\/\/)?(?<host>[a-z0-9_.-]{1,253}|\[[0-9a-f:.]+\])(?::(?<port>\d{1,5}))?\/?$/i;
const INVALID_CA = 'the CA of the LDAP directory must be certificates in PEM';
const DEFAULT_PORT = 389;
const DEFAULT_TLS_PORT = 636;

/**
 * Reads `ldap://host`, `ldaps://host:port` or only `host:port`. Port 636 is TLS whatever the scheme
 * says, as in Harbor; `startTls` counts for what is not TLS from the start.
 *
 * @throws LdapError settings
 */
export function parseTarget(settings: {
  readonly url: string;
  readonly verifyCert: boolean;
  readonly ca?: string | undefined;
  readonly startTls?: boolean | undefined;
}): LdapTarget {
  const { scheme, host, port } = parseUrl(settings.url.trim());
  const isTls = scheme === 'ldaps' || port === DEFAULT_TLS_PORT;
  return {
    host,
    port: port ?? (isTls ? DEFAULT_TLS_PORT : DEFAULT_PORT),
    protection: isTls ? 'tls' : settings.startTls === true ? 'start-tls' : 'none',
    verifyCert: settings.verifyCert,
    ca: parseAuthorities(settings.ca ?? ''),
  };
}

function parseUrl(text: string): { scheme: string; host: string; port: number | undefined } {
  const match = URL_FORM.exec(text);
  if (match === null) throw invalidUrl();
  const { scheme = '', host = '', port } = match.groups ?? {};
  const name = host.replaceAll(/^\[|\]$/g, '');
  if (name !== host && isIP(name) !== 6) throw invalidUrl();
  const number = port === undefined ? undefined : Number(port);
  if (number !== undefined && (number < 1 || number > 65_535)) throw invalidUrl();
  return { scheme: scheme.toLowerCase(), host: name, port: number };
}

function parseAuthorities(text: string): string | undefined {
  if (text.trim() === '') return undefined;
  try {
    const begin = '-----BEGIN CERTIFICATE-----';
    const [, ...bodies] = text.split(begin);
    const certificates = bodies.map((body) => new X509Certificate(`${begin}${body}`));
    if (certificates.length > 0) return text;
  } catch (cause) {
    throw new LdapError('settings', INVALID_CA, { cause });
  }
  throw new LdapError('settings', INVALID_CA);
}

function invalidUrl(): LdapError {
  return new LdapError(
    'settings',
    'the LDAP URL must be ldap://host, ldaps://host or one of them with a port',
  );
}
