import { isIPv6 } from 'node:net';
import { AppError } from '../../lib/index.ts';
import { isTenantId } from '../names.ts';
import type { RegistryConfiguration } from './registry-configuration.ts';

type Hosts = Pick<RegistryConfiguration, 'defaultTenant' | 'domainSuffix'>;

const HOST = /^(\[[\da-f:.]{2,45}\]|[\w.-]{1,254})(?::(\d{1,5}))?$/i;
const NAME = /^(?!-)[a-z\d_-]{1,63}(?:\.(?!-)[a-z\d_-]{1,63})*$/;

/**
 * Whose registry a `Host` header asks for: `t1` of `t1.example.com:443` below the suffix
 * `example.com`; the default tenant of the suffix itself, of addresses and of hosts elsewhere.
 *
 * @throws AppError invalid for a header that is no host, or that stands below the suffix without
 *   naming a tenant (`a.b.example.com`)
 */
export function tenantOf(host: string | undefined, configuration: Hosts): string {
  return findTenant(host, configuration) ?? configuration.defaultTenant;
}

/** The tenant that a `Host` header names; undefined when it names none. @throws as `tenantOf` */
export function findTenant(
  host: string | undefined,
  { domainSuffix }: Pick<Hosts, 'domainSuffix'>,
): string | undefined {
  const name = nameOf(host ?? '');
  if (name === undefined || domainSuffix === '') return undefined;
  const dotted = `.${domainSuffix}`;
  // After a dot only: evilexample.com is not below example.com.
  if (!name.endsWith(dotted)) return undefined;
  const tenant = name.slice(0, -dotted.length);
  if (!isTenantId(tenant)) throw new AppError('invalid', 'this host names no tenant');
  return tenant;
}

/** The host that a tenant's clients use; undefined when tenants have none of their own. */
export function externalHost(
  tenant: string,
  { domainSuffix }: Pick<RegistryConfiguration, 'domainSuffix'>,
): string | undefined {
  return domainSuffix === '' ? undefined : `${tenant}.${domainSuffix}`;
}

/** In lower case, without port and final dot; undefined for an IPv6 address and for none (HTTP/1.0). */
function nameOf(host: string): string | undefined {
  if (host === '') return undefined;
  const match = HOST.exec(host);
  const [, text = '', port = '0'] = match ?? [];
  if (match === null || Number(port) > 65_535) throw notAHost();
  if (text.startsWith('[')) {
    if (!isIPv6(text.slice(1, -1))) throw notAHost();
    return undefined;
  }
  const name = text.toLowerCase().replace(/\.$/, '');
  if (name.length > 253 || !NAME.test(name)) throw notAHost();
  return name;
}

function notAHost(): AppError {
  return new AppError('invalid', 'the Host header is not a host name or an address');
}
