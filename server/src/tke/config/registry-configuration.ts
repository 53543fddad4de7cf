/** How clients log in to images and charts that an existing Harbor keeps. */
export type HarborLogin =
  /** To us; Harbor sees one service account (phase 2). */
  | 'tke'
  /** To Harbor itself, through us (phase 1). */
  | 'harbor'
  /** Not at all: everybody acts as the service account (phase 1 of a closed network). */
  | 'anonymous';

/** What `tke-registry-config.yaml` says, after defaults and legacy fields were folded in. */
export interface RegistryConfiguration {
  readonly defaultTenant: string;
  /** Without a leading dot; '' when tenants have no host names. */
  readonly domainSuffix: string;
  /** Everybody may pull and push. */
  readonly enableAnonymous: boolean;
  /** Of the tokens that `/service/token` and `/registry/auth` issue. */
  readonly tokenSeconds: number;
  readonly isReadOnly: boolean;
  /** Undefined: the back end is this registry itself. */
  readonly harbor: HarborConfiguration | undefined;
  /** Names of System chart groups that every tenant has. */
  readonly systemChartGroups: readonly string[];
}

export interface HarborConfiguration {
  /** Without a slash at the end. */
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** PEM; undefined: the system's authorities. */
  readonly ca: string | undefined;
  readonly verifyTls: boolean;
  readonly login: HarborLogin;
  /** Take over projects of our names that exist already. */
  readonly adopt: boolean;
  readonly charts: 'auto' | 'oci' | 'chartmuseum';
  /** How long the answer for a tag may be given again; 0: no manifest is kept, also by digest. */
  readonly manifestCacheSeconds: number;
}
