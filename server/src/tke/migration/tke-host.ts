import { createRegistryClient, type RegistryClient } from '@berth/client';
import { z } from 'zod';
import { type Connection, createConnection } from './connection.ts';
import { basic, HttpApi } from './http-api.ts';
import { ManagementApi } from './management-api.ts';
import { SHARED } from './migration-source.ts';

export interface TkeHostOptions {
  /** `http(s)://host[:port]` of the registry. */
  readonly url: string;
  /** Undefined: the secret is an API key (a token). */
  readonly username: string | undefined;
  readonly secret: string;
  readonly ca: string | undefined;
  /** Below which tenants have their host names; asked from the registry unless told. */
  readonly suffix: string | undefined;
  readonly pausesMs?: readonly number[];
}

const sysinfoSchema = z.object({
  registry: z.object({ defaultTenant: z.string().optional(), domainSuffix: z.string().optional() }),
});

/** A registry with TKE's interfaces: the management API, and a host name for each tenant. */
export class TkeHost {
  readonly url: string;
  readonly objects: ManagementApi;
  readonly #options: TkeHostOptions;
  readonly #plain: Connection;
  readonly #api: HttpApi;
  readonly #tenants = new Map<
    string,
    { readonly client: RegistryClient; readonly charts: HttpApi }
  >();
  #pinned: Connection | undefined;
  #system: { readonly suffix: string; readonly defaultTenant: string } | undefined;

  constructor(options: TkeHostOptions) {
    this.#options = options;
    this.url = new URL(options.url).origin;
    this.#plain = createConnection({ ca: options.ca });
    const { username, secret } = options;
    const authorization = username === undefined ? `Bearer ${secret}` : basic(username, secret);
    this.#api = this.#createApi(this.url, this.#plain, authorization);
    this.objects = new ManagementApi(this.#api);
  }

  /** Learns what tenants' hosts are called, and shows that the credentials are taken. */
  async open(signal: AbortSignal): Promise<void> {
    const info = await this.#api.findBytes('/apis/gateway.tkestack.io/v1/sysinfo', signal);
    const parsed = sysinfoSchema.safeParse(JSON.parse(info?.toString('utf8') ?? '{}'));
    const { defaultTenant = 'default', domainSuffix = '' } = parsed.data?.registry ?? {};
    const suffix = (this.#options.suffix ?? domainSuffix).replace(/^\./, '');
    this.#system = { suffix, defaultTenant };
    const { hostname } = new URL(this.url);
    const host = hostname.replace(/^\[|\]$/g, '');
    this.#pinned = createConnection({ ca: this.#options.ca, pin: { suffix, host } });
    // Reads one object, if there is any.
    for await (const _namespace of this.objects.each('namespaces', signal)) break;
  }

  /** What the tenant's registry is called: `https://t1.registry.example`. Only after `open`. */
  originOf(tenant: string): string {
    const { suffix, defaultTenant } = this.#getSystem();
    if (suffix === '') return this.url;
    const url = new URL(this.url);
    url.hostname = `${tenant === SHARED ? defaultTenant : tenant}.${suffix}`;
    return url.origin;
  }

  get defaultTenant(): string {
    return this.#getSystem().defaultTenant;
  }

  images(tenant: string): RegistryClient {
    return this.#ensureTenant(tenant).client;
  }

  charts(tenant: string): HttpApi {
    return this.#ensureTenant(tenant).charts;
  }

  async close(): Promise<void> {
    await this.#plain.close();
    await this.#pinned?.close();
  }

  #ensureTenant(tenant: string) {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const connection = this.#pinned ?? this.#plain;
    const url = this.originOf(tenant);
    const { username = 'token', secret: password } = this.#options;
    const { fetch } = connection;
    const made = {
      client: createRegistryClient({ url, username, password, fetch }),
      charts: this.#createApi(url, connection, basic(username, password)),
    };
    this.#tenants.set(tenant, made);
    return made;
  }

  #createApi(url: string, { fetch }: Connection, authorization: string): HttpApi {
    const { pausesMs } = this.#options;
    return new HttpApi({ url, fetch, authorization, ...(pausesMs && { pausesMs }) });
  }

  #getSystem() {
    if (this.#system === undefined) throw new Error('the registry was not opened');
    return this.#system;
  }
}
