import { lookup } from 'node:dns/promises';
import { type BlockList, isIP } from 'node:net';
import { type AddressPolicy, canConnect } from './address.ts';
import { EgressError } from './egress.errors.ts';

/** All addresses of a host name. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const MAX_URL_LENGTH = 8192;
/** Names that no public address has (RFC 6761, RFC 6762, RFC 8375, ICANN's `.internal`). */
const PRIVATE_NAMES = /(?:^|\.)(?:localhost|local|internal|home\.arpa)$/;

/** The system's resolver, hosts file included: operators name machines there. */
export async function resolveBySystem(hostname: string): Promise<readonly string[]> {
  const answers = await lookup(hostname, { all: true });
  return answers.map(({ address }) => address);
}

/**
 * Parses the URL of an endpoint and refuses what can be refused without asking DNS.
 *
 * @throws EgressError invalid-url, refused-address
 */
export function parseTarget(text: string | URL, policy: AddressPolicy, listed: BlockList): URL {
  const url = URL.parse(text);
  if (
    url === null ||
    url.href.length > MAX_URL_LENGTH ||
    (url.protocol !== 'http:' && url.protocol !== 'https:') ||
    url.username !== '' ||
    url.password !== '' ||
    url.port === '0'
  ) {
    throw new EgressError('invalid-url');
  }
  const host = hostOf(url);
  // With listed networks a private name may well be at a listed address: the answers decide.
  const isPrivateName =
    policy === 'public' && listed.rules.length === 0 && PRIVATE_NAMES.test(host);
  if (isIP(host) === 0 ? isPrivateName : !canConnect(host, policy, listed))
    throw new EgressError('refused-address', { cause: new Error(host) });
  return url;
}

/** The host without the brackets of IPv6 and without the root's dot. */
export function hostOf(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');
}

/**
 * The addresses to connect to. One that may not be called spoils them all: who mixes them is
 * about to rebind.
 *
 * @throws EgressError refused-address, unreachable
 */
export async function resolveTarget(
  url: URL,
  rules: { policy: AddressPolicy; listed: BlockList; resolve: Resolve },
): Promise<readonly string[]> {
  const host = hostOf(url);
  const addresses = isIP(host) === 0 ? await askResolver(host, rules.resolve) : [host];
  const refused = addresses.find((address) => !canConnect(address, rules.policy, rules.listed));
  if (refused !== undefined) {
    throw new EgressError('refused-address', { cause: new Error(`${host} is at ${refused}`) });
  }
  return addresses;
}

async function askResolver(host: string, resolve: Resolve): Promise<readonly string[]> {
  try {
    const addresses = await resolve(host);
    if (addresses.length > 0) return addresses;
  } catch (error) {
    throw new EgressError('unreachable', { cause: error });
  }
  throw new EgressError('unreachable', { cause: new Error(`${host} has no address`) });
}
