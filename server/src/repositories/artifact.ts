import type { Digest } from '@berth/oci';

/** An artifact without its manifest. */
export interface ArtifactRecord {
  readonly id: number;
  readonly projectId: number;
  readonly repositoryId: number;
  /** With its project, such as `library/app`. */
  readonly repositoryName: string;
  readonly digest: Digest;
  /** Null in rows of an older version that nobody could read yet. */
  readonly type: string | null;
  /** Of the manifest. */
  readonly mediaType: string;
  readonly configMediaType: string | null;
  readonly artifactType: string | null;
  /** With all that it refers to, in bytes. */
  readonly size: number;
  readonly annotations: Readonly<Record<string, string>>;
  /** Null until somebody asked for them. */
  readonly extraAttrs: Readonly<Record<string, unknown>> | null;
  readonly accessoryType: string | null;
  readonly pushedAt: Date;
  /** Null is never. */
  readonly pulledAt: Date | null;
}

export interface TagRecord {
  readonly id: number;
  readonly repositoryId: number;
  readonly artifactId: number;
  readonly name: string;
  readonly pushedAt: Date;
  readonly pulledAt: Date | null;
}

export interface Tag extends TagRecord {
  /** False also when nobody asked. */
  readonly isImmutable: boolean;
}

export interface LabelRecord {
  readonly id: number;
  /** Null is a label of the system. */
  readonly projectId: number | null;
  readonly name: string;
  readonly description: string;
  readonly color: string;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What is attached to an artifact, which is its subject. */
export interface Accessory {
  readonly artifactId: number;
  readonly digest: Digest;
  readonly size: number;
  readonly type: string;
  readonly artifactKind: string | null;
  readonly subjectId: number;
  readonly subjectDigest: Digest;
  readonly subjectRepository: string;
  readonly createdAt: Date;
}

/** What an index says of one of its manifests. */
export interface ArtifactReference {
  readonly parentId: number;
  readonly childDigest: Digest;
  /** Null when the manifest is not in the repository. */
  readonly childId: number | null;
  readonly platform: Readonly<Record<string, unknown>> | null;
  readonly annotations: Readonly<Record<string, string>> | null;
  readonly urls: readonly string[] | null;
}

/** What scanners know of an artifact, as it is presented. */
export interface ScanOverview {
  /** By media type of the report. */
  readonly vulnerabilities?: Readonly<Record<string, unknown>> | undefined;
  readonly sbom?: Readonly<Record<string, unknown>> | undefined;
  /** Additions to offer beside those of the artifact's type, such as `vulnerabilities`. */
  readonly additions?: readonly string[] | undefined;
}

/** What to tell of artifacts beside their own records. */
export interface ArtifactDetail {
  readonly tags: boolean;
  readonly immutability: boolean;
  readonly labels: boolean;
  readonly accessories: boolean;
  /** Signatures of the indexes that an unsigned artifact is part of. */
  readonly inheritedAccessories: boolean;
  readonly vulnerabilities: boolean;
  readonly sbom: boolean;
}

/** An artifact with what was asked for; the rest is undefined. */
export interface ArtifactView extends ArtifactRecord {
  readonly references: readonly ArtifactReference[];
  readonly tags: readonly Tag[] | undefined;
  readonly labels: readonly LabelRecord[] | undefined;
  readonly accessories: readonly Accessory[] | undefined;
  readonly inheritedAccessories: readonly Accessory[] | undefined;
  readonly overview: ScanOverview | undefined;
}

export interface RepositoryRecord {
  readonly id: number;
  readonly projectId: number;
  /** With its project. */
  readonly name: string;
  readonly description: string;
  readonly pullCount: number;
  readonly createdAt: Date;
  /** Of itself, its newest artifact and its last moved tag, the latest. */
  readonly updatedAt: Date;
}

export interface RepositoryView extends RepositoryRecord {
  readonly artifactCount: number;
  /** Undefined when nobody asked. */
  readonly figures?: RepositoryFigures | undefined;
}

export interface RepositoryFigures {
  /** Bytes of all blobs and manifests in it, each counted once, as the quota counts them. */
  readonly size: number;
  /** The tag pushed last that is not one of those that only tools look for. */
  readonly latestTag: string | null;
  /** Of the artifacts pushed last. */
  readonly types: readonly string[];
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export interface Listed<T> {
  readonly items: readonly T[];
  readonly total: number;
}
