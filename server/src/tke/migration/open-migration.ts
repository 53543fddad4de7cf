import { createRegistryClient } from '@berth/client';
import { AppError } from '../../lib/index.ts';
import { createNames } from '../names.ts';
import { ChartDirectory } from './chart-directory.ts';
import { createConnection } from './connection.ts';
import { createDistributionSource, type DistributionCharts } from './distribution-source.ts';
import { createHarborSource } from './harbor-source.ts';
import { basic, HttpApi } from './http-api.ts';
import type { MigrationDestination } from './migration-destination.ts';
import type { MigrationSource } from './migration-source.ts';
import type { Selection } from './selection.ts';
import { createTkeDestination } from './tke-destination.ts';
import { TkeHost } from './tke-host.ts';
import { createTkeSource } from './tke-source.ts';

export type SourceKind = 'distribution' | 'harbor' | 'tke';

/** How to reach a registry. */
export interface Endpoint {
  /** `http(s)://host[:port]` */
  readonly url: string;
  readonly username: string | undefined;
  /** A password, or without a user name an API key; undefined: nobody's. */
  readonly secret: string | undefined;
  /** PEM */
  readonly ca: string | undefined;
  /** Of tenants' host names, over what the registry says. */
  readonly suffix: string | undefined;
}

export interface SourceOrder {
  readonly kind: SourceKind;
  readonly endpoint: Endpoint;
  readonly selection: Selection;
  /** For `distribution`: `{tenant}/{group}/*.tgz`. */
  readonly chartsDirectory: string | undefined;
  /** For `distribution`: a ChartMuseum, whose groups are those selected. */
  readonly chartsUrl: string | undefined;
  /** For `distribution`, which knows none. */
  readonly visibility: 'Public' | 'Private';
}

export interface Opened<T> {
  readonly value: T;
  close(): Promise<void>;
}

/** @throws AppError invalid for an order that does not fit together */
export function openSource(order: SourceOrder): Opened<MigrationSource> {
  const { kind, chartsDirectory, chartsUrl } = order;
  if (kind !== 'distribution' && (chartsDirectory !== undefined || chartsUrl !== undefined)) {
    throw new AppError('invalid', `a source of kind ${kind} has its charts itself`);
  }
  if (kind === 'tke') {
    const host = openHost(order.endpoint, 'the source');
    return { value: createTkeSource(host), close: () => host.close() };
  }
  return kind === 'harbor' ? openHarbor(order) : openDistribution(order);
}

/** @throws AppError invalid */
export function openDestination(endpoint: Endpoint): Opened<MigrationDestination> {
  const host = openHost(endpoint, 'the destination');
  return { value: createTkeDestination(host), close: () => host.close() };
}

function openHost(endpoint: Endpoint, which: string): TkeHost {
  const { secret } = endpoint;
  if (secret === undefined) throw new AppError('invalid', `${which} needs a token or a password`);
  return new TkeHost({ ...endpoint, url: originOf(endpoint.url), secret });
}

function openHarbor({ endpoint }: SourceOrder): Opened<MigrationSource> {
  const url = originOf(endpoint.url);
  const { username, secret, ca } = endpoint;
  if (username === undefined || secret === undefined) {
    throw new AppError('invalid', 'a Harbor needs a user name and a password');
  }
  const { fetch, close } = createConnection({ ca });
  const api = new HttpApi({ url, fetch, authorization: basic(username, secret) });
  const client = createRegistryClient({ url, username, password: secret, fetch });
  return { value: createHarborSource({ url, api, client, names: createNames() }), close };
}

function openDistribution(order: SourceOrder): Opened<MigrationSource> {
  const { endpoint, selection, visibility } = order;
  const url = originOf(endpoint.url);
  const { username, secret, ca } = endpoint;
  const { fetch, close } = createConnection({ ca });
  const client = createRegistryClient({
    url,
    fetch,
    ...(username !== undefined && secret !== undefined && { username, password: secret }),
  });
  const { tenants, namespaces } = selection;
  const charts = openCharts(order, fetch);
  const ports = { url, client, rules: { tenants, namespaces }, charts, visibility };
  return { value: createDistributionSource(ports), close };
}

function openCharts(
  { chartsDirectory, chartsUrl, endpoint, selection }: SourceOrder,
  fetch: typeof globalThis.fetch,
): DistributionCharts {
  if (chartsDirectory !== undefined && chartsUrl !== undefined) {
    throw new AppError('invalid', 'charts come from a directory or a ChartMuseum, not from both');
  }
  if (chartsDirectory !== undefined) {
    return { kind: 'directory', directory: new ChartDirectory(chartsDirectory) };
  }
  if (chartsUrl === undefined) return { kind: 'none' };
  const { chartGroups } = selection;
  if (chartGroups === undefined) {
    throw new AppError(
      'invalid',
      'a ChartMuseum cannot list its groups: name them with --chart-groups',
    );
  }
  const url = URL.parse(chartsUrl);
  if (url === null) throw new AppError('invalid', `${chartsUrl} is no URL`);
  const { username, secret } = endpoint;
  const authorization =
    username === undefined || secret === undefined ? undefined : basic(username, secret);
  const base = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  const api = new HttpApi({ url: url.origin, fetch, authorization });
  return { kind: 'chartmuseum', api, base, groups: chartGroups };
}

/** @throws AppError invalid for what is no http(s) URL, or has credentials or a path in it */
function originOf(text: string): string {
  const url = URL.parse(text);
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (
    url === null ||
    !isHttp ||
    url.username !== '' ||
    url.password !== '' ||
    url.pathname !== '/'
  ) {
    throw new AppError(
      'invalid',
      `${url === null ? text : url.host} must be given as http(s)://host[:port], without path and credentials`,
    );
  }
  return url.origin;
}
