import { describe, expect, it } from 'vitest';
import { addressGroup } from './address-group.ts';
import { createLoginCookies } from './cookies.ts';
import { isCrossSite } from './cross-site.ts';

const external = 'https://registry.example.com';

describe('a request of another site', () => {
  it.each([
    [{}, false],
    [{ 'sec-fetch-site': 'same-origin' }, false],
    [{ 'sec-fetch-site': 'none' }, false],
    [{ 'sec-fetch-site': 'same-site' }, true],
    [{ 'sec-fetch-site': 'cross-site' }, true],
    [{ 'sec-fetch-site': 'cross-site', origin: external }, true],
    [{ origin: external }, false],
    [{ origin: 'http://inside:8080' }, false],
    [{ origin: 'https://evil.example.com' }, true],
    [{ origin: 'http://registry.example.com' }, true],
    [{ origin: 'https://registry.example.com.evil.net' }, true],
    [{ origin: 'null' }, true],
    [{ origin: '' }, true],
  ])('is told from %j: %s', (headers, expected) => {
    expect(isCrossSite({ host: 'inside:8080', ...headers }, external)).toBe(expected);
  });

  it('goes by the Host header where nothing is configured', () => {
    expect(isCrossSite({ host: 'a:1', origin: 'http://a:1' }, undefined)).toBe(false);
    expect(isCrossSite({ host: 'a:1', origin: 'http://b:1' }, undefined)).toBe(true);
    expect(isCrossSite({ origin: 'http://b:1' }, undefined)).toBe(true);
  });
});

describe('cookies', () => {
  it('are bound to the host over https', () => {
    const { session } = createLoginCookies(true);
    expect(session.set('v')).toBe('__Host-sid=v; Path=/; HttpOnly; Secure; SameSite=Lax');
    expect(session.read('a=b; __Host-sid=v; sid=w')).toBe('v');
    expect(session.clear()).toContain('Max-Age=0');
  });

  it("have Harbor's name over http", () => {
    const { session } = createLoginCookies(false);
    expect(session.set('v')).toBe('sid=v; Path=/; HttpOnly; SameSite=Lax');
    expect(session.read('__Host-sid=w')).toBeUndefined();
    expect(session.read(undefined)).toBeUndefined();
  });
});

describe('an address', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8::1', '2001:db8:0:0::/64'],
    ['2001:db8:0:0:1:2:3:4', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['nonsense', 'nonsense'],
  ])('%s stands for %s', (address, group) => {
    expect(addressGroup(address)).toBe(group);
  });
});
