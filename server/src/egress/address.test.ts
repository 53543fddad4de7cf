import { describe, expect, it } from 'vitest';
import {
  type AddressPolicy,
  type AddressScope,
  canConnect,
  parseNetworks,
  scopeOf,
} from './address.ts';

const nothingListed = parseNetworks([]);

const scopes: Record<AddressScope, readonly string[]> = {
  public: [
    '1.1.1.1',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.1',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700::1111',
    '2001:200::1',
    '::ffff:8.8.8.8',
    '64:ff9b::8.8.8.8',
  ],
  private: [
    '10.0.0.0',
    '10.255.255.255',
    '100.64.0.0',
    '100.127.255.255',
    '127.0.0.1',
    '127.255.255.255',
    '172.16.0.0',
    '172.31.255.255',
    '192.168.0.1',
    '::1',
    '0:0:0:0:0:0:0:1',
    'fc00::1',
    'fdff::1',
    'fec0::1',
    'feff::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::FFFF:A00:1',
    '64:ff9b::10.0.0.1',
    '64:ff9b::7f00:1',
  ],
  special: [
    '169.254.169.254',
    '169.254.0.0',
    '169.254.255.255',
    '100.100.100.200',
    '168.63.129.16',
    '192.0.0.192',
    '192.0.2.1',
    '192.88.99.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fd00:ec2::254',
    'FD00:EC2:0:0:0:0:0:254',
    'fd20:ce::254',
    '::ffff:169.254.169.254',
    '64:ff9b::a9fe:a9fe',
    '64:ff9b:1::7f00:1',
    '2002:7f00:1::',
    '2002:a9fe:a9fe::1',
    '2001:0:4136:e378:8000:63bf:3fff:fdd2',
    '2001:db8::1',
    '::127.0.0.1',
    '::ffff:0:127.0.0.1',
    '100::1',
    '3fff::1',
    '5f00::1',
    '4000::1',
  ],
  never: [
    '0.0.0.0',
    '0.255.255.255',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    'ff02::1',
    '::ffff:0.0.0.0',
    '64:ff9b::ffff:ffff',
    '',
    'localhost',
    '127.1',
    '0x7f.0.0.1',
  ],
};

describe('the scope of an address', () => {
  for (const [scope, addresses] of Object.entries(scopes)) {
    it.each(addresses)(`of %s is ${scope}`, (address) => {
      expect(scopeOf(address)).toBe(scope);
    });
  }
});

describe('a policy', () => {
  /** Those of the addresses that may be called. */
  const callable = (addresses: readonly string[], policy: AddressPolicy, listed = nothingListed) =>
    addresses.filter((address) => canConnect(address, policy, listed));
  const all = Object.values(scopes).flat();

  it('for the public lets through public addresses only', () => {
    expect(callable(all, 'public')).toEqual(scopes.public);
  });

  it('for private networks never lets link-local and metadata addresses through', () => {
    expect(callable(all, 'private-allowed')).toEqual([...scopes.public, ...scopes.private]);
  });

  it('yields to the listed networks, and to no others', () => {
    const inside = ['10.1.0.0', '10.1.255.255', '169.254.7.7', '::ffff:10.1.0.1', 'fd12::5'];
    const outside = ['10.0.255.255', '10.2.0.0', '169.254.7.8', 'fd13::5', '::1'];
    const listed = parseNetworks(['10.1.0.0/16', '169.254.7.7', 'fd12::/16']);
    expect(callable([...inside, ...outside], 'public', listed)).toEqual(inside);
  });

  it('does not yield where no host can be', () => {
    const everything = parseNetworks(['0.0.0.0/0', '::/0']);
    expect(callable(scopes.never, 'private-allowed', everything)).toEqual([]);
    expect(callable(scopes.special, 'public', everything)).toEqual(scopes.special);
  });
});

describe('parseNetworks', () => {
  it.each(['', '10', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129', 'fe80::1%1', 'host/8'])(
    'refuses %j',
    (network) => {
      expect(() => parseNetworks([network])).toThrow(RangeError);
    },
  );
});
