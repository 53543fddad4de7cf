import type { Digest } from '@berth/oci';
import type { Generated, GeneratedAlways } from 'kysely';
import type { JsonColumn, Timestamp } from './columns.ts';

export interface RepositoryTable {
  id: GeneratedAlways<number>;
  project_id: number;
  name: string;
  created_at: Timestamp;
  description: Generated<string>;
  pull_count: Generated<number>;
  updated_at: Timestamp;
}

export interface BlobTable {
  digest: Digest;
  size: number;
  created_at: Timestamp;
  content: Buffer | null;
  missing_since: Date | null;
  leased_until: Timestamp;
}

export interface RepositoryBlobTable {
  repository_id: number;
  digest: Digest;
  created_at: Timestamp;
  project_id: number;
}

export interface ProjectBlobTable {
  project_id: number;
  digest: Digest;
  size: number;
}

export interface QuotaDeltaTable {
  project_id: number;
  bytes: number;
}

export interface QuotaReservationTable {
  id: string;
  project_id: number;
  bytes: number;
  expires_at: Date;
}

export interface ArtifactTable {
  id: GeneratedAlways<number>;
  repository_id: number;
  digest: Digest;
  media_type: string;
  artifact_type: string | null;
  subject_digest: Digest | null;
  annotations: Generated<Record<string, string>>;
  size: number;
  content: Buffer;
  pushed_at: Timestamp;
  project_id: number;
  type: string | null;
  config_media_type: string | null;
  total_size: number | null;
  accessory_of: Digest | null;
  accessory_type: string | null;
  extra_attrs: JsonColumn<Readonly<Record<string, unknown>> | null>;
  is_listed: Generated<boolean>;
  pulled_at: Date | null;
}

export interface ArtifactBlobTable {
  artifact_id: number;
  repository_id: number;
  digest: Digest;
}

export interface ArtifactReferenceTable {
  artifact_id: number;
  repository_id: number;
  child_digest: Digest;
  platform: JsonColumn<Readonly<Record<string, unknown>> | null>;
  annotations: JsonColumn<Readonly<Record<string, string>> | null>;
  urls: string[] | null;
  position: Generated<number>;
}

export interface TagTable {
  repository_id: number;
  name: string;
  artifact_id: number;
  pushed_at: Timestamp;
  id: GeneratedAlways<number>;
  pulled_at: Date | null;
  version: GeneratedAlways<string>;
}

export interface TagHistoryTable {
  id: GeneratedAlways<number>;
  project_id: number;
  repository_name: string;
  tag_name: string;
  from_digest: Digest | null;
  to_digest: Digest | null;
  actor: string;
  changed_at: Timestamp;
}

export interface DeletedArtifactTable {
  id: GeneratedAlways<number>;
  project_id: number;
  repository_name: string;
  digest: Digest;
  media_type: string;
  type: string | null;
  content: Buffer;
  total_size: number | null;
  accessory_of: Digest | null;
  tags: string[];
  pushed_at: Date;
  deleted_by: string;
  deleted_at: Timestamp;
}

export interface DeletedArtifactBlobTable {
  deleted_artifact_id: number;
  digest: Digest;
}

export interface LabelTable {
  id: GeneratedAlways<number>;
  project_id: number | null;
  name: string;
  description: Generated<string>;
  color: Generated<string>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface ArtifactLabelTable {
  artifact_id: number;
  label_id: number;
  created_at: Timestamp;
}

export interface EventOutboxTable {
  id: GeneratedAlways<number>;
  type: string;
  project_id: number;
  repository_name: string | null;
  payload: JsonColumn<Readonly<Record<string, unknown>>>;
  occurred_at: Timestamp;
}

export interface BlobUploadTable {
  id: string;
  repository_id: number;
  principal: string;
  algorithm: string;
  committed_offset: Generated<number>;
  started_at: Timestamp;
  updated_at: Timestamp;
}
