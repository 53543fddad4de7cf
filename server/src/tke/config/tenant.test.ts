import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/index.ts';
import { externalHost, findTenant, tenantOf } from './tenant.ts';

const hosts = { defaultTenant: 'default', domainSuffix: 'example.com' };

function kindOf(host: string): string {
  try {
    return tenantOf(host, hosts);
  } catch (error) {
    if (error instanceof AppError) return error.kind;
    throw error;
  }
}

describe('the tenant of a host', () => {
  it.each([
    ['t.example.com:80', 't'],
    ['t.example.com', 't'],
    ['T.Example.COM', 't'],
    ['t.example.com.', 't'],
    ['t.example.com.:5000', 't'],
    ['default.example.com', 'default'],
    ['my-tenant.example.com', 'my-tenant'],
  ])('is read from %s', (host, tenant) => {
    expect(tenantOf(host, hosts)).toBe(tenant);
  });

  it.each([
    'example.com',
    'example.com:443',
    'localhost',
    'localhost:8080',
    '127.0.0.1',
    '127.0.0.1:8080',
    '[::1]',
    '[::1]:8080',
    '[::ffff:10.0.0.1]:80',
    'registry.example.org',
    'example.com.evil.org',
    '',
  ])('is the default one for %j', (host) => {
    expect(tenantOf(host, hosts)).toBe('default');
  });

  it.each(['evilexample.com', 'evil-example.com', 't1example.com:443'])(
    'B16: is not read from %s, which only ends in the same letters',
    (host) => {
      expect(tenantOf(host, hosts)).toBe('default');
    },
  );

  it.each(['a.b.example.com', 'xn--a.example.com', 'a_b.example.com', 'x-image-y.example.com'])(
    'B16: is none in %s, which names no tenant',
    (host) => {
      expect(kindOf(host)).toBe('invalid');
    },
  );

  it.each([
    'a b.example.com',
    't.example.com/..',
    't.example.com:99999',
    't.example.com:80:80',
    't.example.com:',
    '::1',
    '[::1',
    '[zz]',
    '[1:2]',
    '..example.com',
    '.example.com',
    '-t.example.com',
    'ä.example.com',
    't.example.com\r\nX: y',
    'user@t.example.com',
    '%74.example.com',
    `${'a'.repeat(64)}.example.com`,
    `${'a.'.repeat(127)}example.com`,
  ])('scenario 36: is refused for the hostile host %j', (host) => {
    expect(kindOf(host)).toBe('invalid');
  });

  it('is the default one for every host when tenants have no host names', () => {
    expect(tenantOf('t.example.com', { ...hosts, domainSuffix: '' })).toBe('default');
    expect(tenantOf(undefined, hosts)).toBe('default');
  });

  it('is a tenant, or the host is refused, whatever the header', () => {
    const part = fc.constantFrom('a', '-', '.', ':', '[', ']', '80', '@', 'example.com', '_');
    fc.assert(
      fc.property(fc.array(part), (parts) => {
        expect(kindOf(parts.join(''))).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/);
      }),
      { numRuns: 2000 },
    );
  });

  it('can be told from the default one that no host names', () => {
    expect(findTenant('default.example.com', hosts)).toBe('default');
    expect(findTenant('example.com', hosts)).toBeUndefined();
    expect(findTenant('127.0.0.1', hosts)).toBeUndefined();
  });

  it('leads back to its host', () => {
    expect(externalHost('t1', hosts)).toBe('t1.example.com');
    expect(tenantOf(externalHost('t1', hosts), hosts)).toBe('t1');
    expect(externalHost('t1', { domainSuffix: '' })).toBeUndefined();
  });
});
