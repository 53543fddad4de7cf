/** What the registry's Kubernetes-style API gives; only what the pages show. */
export type Phase = 'Pending' | 'Available' | 'Failed' | 'Terminating';

interface Metadata {
  /** Made by the server, such as `rns-…`. */
  readonly name: string;
  readonly namespace?: string;
  readonly creationTimestamp: string;
}

interface Status {
  readonly phase?: Phase;
  readonly message?: string;
  readonly locked?: boolean;
}

export interface Namespace {
  readonly metadata: Metadata;
  readonly spec: {
    readonly name: string;
    readonly tenantID: string;
    readonly displayName?: string;
    readonly visibility: 'Public' | 'Private';
    readonly type: 'Personal' | 'Project' | 'System';
    readonly projects?: readonly string[];
  };
  readonly status: Status & { readonly repoCount: number };
}

export interface RepositoryTag {
  readonly name: string;
  readonly digest: string;
  readonly timeCreated?: string;
}

export interface Repository {
  readonly metadata: Metadata;
  readonly spec: {
    readonly name: string;
    readonly tenantID: string;
    readonly namespaceName: string;
    readonly visibility: 'Public' | 'Private';
  };
  readonly status: Status & { readonly pullCount: number; readonly tags: readonly RepositoryTag[] };
}

export interface ChartGroup {
  readonly metadata: Metadata;
  readonly spec: {
    readonly name: string;
    readonly tenantID: string;
    readonly displayName?: string;
    readonly description?: string;
    readonly visibility: 'Public' | 'User' | 'Project';
    readonly type: 'SelfBuilt' | 'Imported' | 'System';
    readonly projects: readonly string[];
    readonly users: readonly string[];
    readonly creator?: string;
    readonly importedInfo?: { readonly addr: string; readonly username?: string };
  };
  readonly status: Status & { readonly chartCount: number };
}

export interface ChartVersion {
  readonly version?: string;
  readonly chartSize?: number;
  readonly timeCreated?: string;
  readonly description?: string;
  readonly appVersion?: string;
}

export interface Chart {
  readonly metadata: Metadata;
  readonly spec: {
    readonly name: string;
    readonly tenantID: string;
    readonly chartGroupName: string;
  };
  readonly status: Status & {
    readonly pullCount: number;
    readonly versions: readonly ChartVersion[];
  };
}

/** Files of a version of a chart, by path. */
type Files = Readonly<Record<string, string>>;

export interface ChartInfo {
  readonly spec: { readonly readme: Files; readonly values: Files; readonly rawFiles: Files };
}

export interface ApiKey {
  readonly metadata: Metadata;
  readonly spec: {
    /** Whole in the answer that makes it, masked in all others. */
    readonly apiKey: string;
    readonly tenantID: string;
    readonly username: string;
    readonly description: string;
    readonly issue_at: string;
    readonly expire_at: string | null;
  };
  readonly status: { readonly disabled: boolean; readonly expired: boolean };
}

export interface GuidanceStep {
  readonly title: string;
  readonly command: string;
}

export interface Sysinfo {
  readonly registry: {
    readonly readOnly: boolean;
    readonly guidance: {
      readonly registry: string;
      readonly login: 'tke' | 'harbor' | 'none';
      readonly images: {
        readonly docker: readonly GuidanceStep[];
        readonly nerdctl: readonly GuidanceStep[];
      };
      readonly charts: {
        readonly helm: readonly GuidanceStep[];
        readonly oci: readonly GuidanceStep[];
      };
    };
  };
}

/** Kubernetes' UserInfo of whoever is signed in. */
export interface UserInfo {
  readonly name: string;
  readonly groups: readonly string[];
  readonly extra: {
    readonly tenantid: readonly string[];
    readonly role?: readonly string[];
    readonly privileged?: readonly string[];
  };
}
