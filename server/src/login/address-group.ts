import { isIPv6 } from 'node:net';

/**
 * Whom an address stands for: itself, or with IPv6 its /64, of which anybody has all the
 * addresses. What is no address stands for itself.
 */
export function addressGroup(address: string): string {
  const bare = address.split('%', 1)[0] ?? '';
  if (!isIPv6(bare)) return address;
  // URL writes it in lower case with zeros in their shortest form.
  const plain = new URL(`http://[${bare}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const before = head.split(':').filter((part) => part !== '');
  const after = (tail ?? '').split(':').filter((part) => part !== '');
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  const parts = [...before, ...Array<string>(zeros).fill('0'), ...after];
  return `${parts.slice(0, 4).join(':')}::/64`;
}
