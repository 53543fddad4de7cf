import type { KubeObject, ObjectMeta } from '../../kube/index.ts';

export const GROUP = 'registry.tkestack.io';
export const VERSION = 'v1';
export const API_VERSION = `${GROUP}/${VERSION}`;

export type Visibility = 'Public' | 'Private' | 'User' | 'Project';
export type Phase = 'Pending' | 'Available' | 'Failed' | 'Terminating';
export type NamespaceType = 'Personal' | 'Project' | 'System';
export type ChartGroupType = 'SelfBuilt' | 'Imported' | 'System';

interface Conditions {
  readonly phase: Phase;
  /** RFC 3339 */
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

/** A container of images; `spec.name` is what people write, `metadata.name` is made (`rns-…`). */
export interface Namespace extends KubeObject {
  readonly kind: 'Namespace';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly name: string;
    readonly tenantID: string;
    readonly displayName?: string;
    readonly visibility: 'Public' | 'Private';
    readonly type: NamespaceType;
    /** Business projects that type Project belongs to. */
    readonly projects?: readonly string[];
    readonly finalizers?: readonly string[];
  };
  readonly status: Conditions & { readonly locked?: boolean; readonly repoCount: number };
}

export interface RepositoryTag {
  readonly name: string;
  readonly digest: string;
  readonly timeCreated?: string;
}

/** A repository of images, in a Namespace (`metadata.namespace` is its `rns-…`). */
export interface Repository extends KubeObject {
  readonly kind: 'Repository';
  readonly metadata: ObjectMeta;
  readonly spec: {
    /** Below the namespace, such as `nginx` or `a/b`. */
    readonly name: string;
    readonly tenantID: string;
    readonly namespaceName: string;
    readonly displayName?: string;
    readonly visibility: 'Public' | 'Private';
    readonly finalizers?: readonly string[];
  };
  readonly status: {
    readonly locked?: boolean;
    readonly phase?: Phase;
    readonly reason?: string;
    readonly message?: string;
    readonly pullCount: number;
    readonly tags: readonly RepositoryTag[];
  };
}

export interface ImportedInfo {
  readonly addr: string;
  readonly username?: string;
  /** Base64; sealed at rest, never shown. */
  readonly password?: string;
}

/** A chart repository. */
export interface ChartGroup extends KubeObject {
  readonly kind: 'ChartGroup';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly name: string;
    readonly tenantID: string;
    readonly displayName?: string;
    readonly visibility: 'Public' | 'User' | 'Project';
    readonly type: ChartGroupType;
    readonly description?: string;
    readonly projects: readonly string[];
    readonly users: readonly string[];
    readonly finalizers: readonly string[];
    readonly importedInfo?: ImportedInfo;
    readonly creator?: string;
  };
  readonly status: Conditions & { readonly locked?: boolean; readonly chartCount: number };
}

export interface ChartVersionStatus {
  readonly version?: string;
  /** Bytes */
  readonly chartSize?: number;
  readonly timeCreated?: string;
  readonly description?: string;
  readonly appVersion?: string;
  readonly icon?: string;
}

export interface Chart extends KubeObject {
  readonly kind: 'Chart';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly name: string;
    readonly tenantID: string;
    readonly chartGroupName: string;
    readonly displayName?: string;
    readonly visibility: 'Public' | 'User' | 'Project';
    readonly finalizers: readonly string[];
  };
  readonly status: Conditions & {
    readonly locked?: boolean;
    readonly pullCount: number;
    readonly versions: readonly ChartVersionStatus[];
  };
}

/**
 * Who belongs to a tenant (ours: TKE keeps this in tke-auth and tke-business). One object per
 * user and tenant; a user without any belongs to the default tenant as a member.
 */
export interface Member extends KubeObject {
  readonly kind: 'Member';
  readonly metadata: ObjectMeta;
  readonly spec: {
    readonly tenantID: string;
    readonly username: string;
    readonly role: 'admin' | 'member' | 'viewer';
    readonly projects?: readonly {
      readonly name: string;
      readonly role: 'owner' | 'member' | 'viewer';
    }[];
  };
  /** Whoever gets the name later is somebody else. */
  readonly status?: { readonly userID: number };
}

/** Of the server's own notes (privileged callers see it too). */
export interface ConfigMap extends KubeObject {
  readonly kind: 'ConfigMap';
  readonly metadata: ObjectMeta;
  readonly data: Readonly<Record<string, string>>;
  /** Base64 */
  readonly binaryData?: Readonly<Record<string, string>>;
}

/**
 * Unique keys, as `ResourceDefinition.uniqueKey` and informers use them. Names have no slash but
 * those of repositories, which come last.
 */
export const keys = {
  namespace: (tenant: string, name: string) => `${tenant}/${name}`,
  repository: (tenant: string, namespace: string, name: string) => `${tenant}/${namespace}/${name}`,
  chartGroup: (tenant: string, name: string) => `${tenant}/${name}`,
  chart: (tenant: string, group: string, name: string) => `${tenant}/${group}/${name}`,
  member: (tenant: string, username: string) => `${tenant}/${username}`,
};
