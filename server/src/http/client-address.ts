import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';

/** Tells the address of the client that a request comes from. */
export type AddressOf = (request: IncomingMessage) => string;

/**
 * Believes `X-Forwarded-For` only of proxies in `trusted` (addresses or CIDR ranges), and takes
 * from it the last address that is not such a proxy: what stands before it anybody can write.
 */
export function createAddressOf(trusted: readonly string[]): AddressOf {
  const proxies = blockListOf(trusted);
  return (request) => {
    let address = normalise(request.socket.remoteAddress ?? '');
    if (trusted.length === 0) return address;
    const forwarded = String(request.headers['x-forwarded-for'] ?? '').split(',');
    while (isTrusted(proxies, address)) {
      const next = normalise(forwarded.pop()?.trim() ?? '');
      if (isIP(next) === 0) break;
      address = next;
    }
    return address;
  };
}

/** Tells whether a request comes straight from a proxy in `trusted`, so that its headers can be believed. */
export function createProxyTrust(
  trusted: readonly string[],
): (request: IncomingMessage) => boolean {
  const proxies = blockListOf(trusted);
  return ({ socket }) => isTrusted(proxies, normalise(socket.remoteAddress ?? ''));
}

function blockListOf(trusted: readonly string[]): BlockList {
  const proxies = new BlockList();
  for (const range of trusted) addRange(proxies, range);
  return proxies;
}

function addRange(list: BlockList, range: string): void {
  const [address = '', prefix] = range.split('/');
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  list.addSubnet(address, Number(prefix ?? (family === 'ipv6' ? 128 : 32)), family);
}

function isTrusted(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4');
}

/** IPv4 in its own form also when the socket is one of IPv6. */
function normalise(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}
