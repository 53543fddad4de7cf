import { BlockList, isIP, isIPv4 } from 'node:net';

/**
 * Whom a request may reach. `public`: globally routable addresses only, for endpoints that users
 * name. `private-allowed`: private and loopback ranges too, for endpoints that a system
 * administrator configured.
 */
export type AddressPolicy = 'public' | 'private-allowed';

/** `special`: link-local, cloud metadata, documentation, tunnels. `never`: no unicast host. */
export type AddressScope = 'public' | 'private' | 'special' | 'never';

// IANA's special-purpose registries (RFC 6890), and what clouds answer metadata on.
const NEVER = ['0.0.0.0/8', '224.0.0.0/4', '240.0.0.0/4', '::/128', 'ff00::/8'];
const SPECIAL = [
  '169.254.0.0/16',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  'fe80::/10',
  'fd00:ec2::254/128',
  'fd20:ce::254/128',
  '2001::/23',
  '2001:db8::/32',
  // 6to4 carries any IPv4 address; nobody serves on it any more.
  '2002::/16',
  '3fff::/20',
];
const PRIVATE = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::1/128',
  'fc00::/7',
  'fec0::/10',
];
const GLOBAL_IPV6 = ['2000::/3'];

/**
 * Networks in CIDR notation, a bare address standing for itself.
 *
 * @throws RangeError for anything else
 */
export function parseNetworks(networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', length, ...rest] = network.split('/');
    const bits = isIPv4(address) ? 32 : 128;
    const prefix = length === undefined ? bits : Number(length);
    const isPrefix = length === undefined || /^\d{1,3}$/.test(length);
    if (isIP(address) === 0 || address.includes('%') || !isPrefix || prefix > bits || rest.length) {
      throw new RangeError(`${JSON.stringify(network)} is not a network such as 10.0.0.0/8`);
    }
    list.addSubnet(address, prefix, bits === 32 ? 'ipv4' : 'ipv6');
  }
  return list;
}

const never = parseNetworks(NEVER);
const special = parseNetworks(SPECIAL);
const private_ = parseNetworks(PRIVATE);
const globalIpv6 = parseNetworks(GLOBAL_IPV6);

/** Scope of an address in any of its textual forms; IPv4 inside IPv6 counts as what it carries. */
export function scopeOf(address: string): AddressScope {
  const plain = carriedAddress(address);
  if (plain === undefined || contains(never, plain)) return 'never';
  if (contains(special, plain)) return 'special';
  if (contains(private_, plain)) return 'private';
  return isIPv4(plain) || contains(globalIpv6, plain) ? 'public' : 'special';
}

/** Whether the policy lets us connect; `listed` networks are let through unless no host has them. */
export function canConnect(address: string, policy: AddressPolicy, listed: BlockList): boolean {
  const scope = scopeOf(address);
  if (scope === 'never') return false;
  if (scope === 'public' || (scope === 'private' && policy === 'private-allowed')) return true;
  return contains(listed, carriedAddress(address) ?? '');
}

function contains(list: BlockList, address: string): boolean {
  return list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6');
}

/** The address, or the IPv4 one that an IPv4-mapped or NAT64 (RFC 6052) address leads to. */
function carriedAddress(address: string): string | undefined {
  const bare = address.split('%', 1)[0] ?? '';
  const family = isIP(bare);
  if (family !== 6) return family === 4 ? bare : undefined;
  const groups = groupsOf(bare);
  const prefix = groups.slice(0, 6).join(':');
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return bare;
  const [high = 0, low = 0] = groups.slice(6).map((group) => Number.parseInt(group, 16));
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

/** The eight groups of an IPv6 address, in hexadecimal without leading zeros. */
function groupsOf(address: string): string[] {
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = canonical.split('::');
  const before = head === '' ? [] : head.split(':');
  if (tail === undefined) return before;
  const after = tail === '' ? [] : tail.split(':');
  return [...before, ...Array<string>(8 - before.length - after.length).fill('0'), ...after];
}
