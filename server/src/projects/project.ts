/** A list of vulnerabilities that do not count. */
export interface CveAllowlist {
  readonly id: number;
  /** Undefined: the list of the system. */
  readonly projectId: number | undefined;
  /** Seconds since the Unix epoch; undefined is never. */
  readonly expiresAt: number | undefined;
  /** CVE ids, each once. */
  readonly items: readonly string[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export type NewCveAllowlist = Pick<CveAllowlist, 'expiresAt' | 'items'>;

/** By key; `public` is not among them. */
export type Metadata = Readonly<Record<string, string>>;

export interface Project {
  readonly id: number;
  readonly name: string;
  readonly ownerId: number;
  readonly ownerName: string;
  readonly isPublic: boolean;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly accessEpoch: number;
  readonly repositoryCount: number;
  readonly metadata: Metadata;
  readonly allowlist: CveAllowlist | undefined;
}

/** A project with what the caller is in it. */
export interface ProjectView extends Project {
  /** Role ids of the caller and its groups, the most powerful first. */
  readonly roles: readonly number[];
  /** Undefined when nobody asked, or the caller may not know. */
  readonly quota?: ProjectQuota | undefined;
  /** Repositories that hold charts; undefined when nobody asked. */
  readonly chartCount?: number | undefined;
}

/** Bytes; a hard limit of -1 is none. */
export interface ProjectQuota {
  readonly hard: number;
  readonly used: number;
}

export interface NewProject {
  readonly name: string;
  readonly ownerId: number;
  readonly isPublic: boolean;
  readonly metadata: ReadonlyMap<string, string>;
  readonly allowlist: NewCveAllowlist | undefined;
  /** Bytes; -1 is without limit. */
  readonly storageLimit: number;
}

/** What to change; what is left out stays. */
export interface ProjectChange {
  readonly isPublic?: boolean | undefined;
  readonly put?: ReadonlyMap<string, string> | undefined;
  readonly drop?: readonly string[] | undefined;
  readonly allowlist?: NewCveAllowlist | undefined;
}

export interface ProjectSummary {
  /** Members by role id; a group counts as one. */
  readonly memberCounts: ReadonlyMap<number, number>;
  readonly quota: ProjectQuota | undefined;
}
