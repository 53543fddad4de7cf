import type { Digest } from '@berth/oci';
import type { Generated, GeneratedAlways } from 'kysely';

type Timestamp = Generated<Date>;

export interface SigningKeyTable {
  kid: string;
  algorithm: string;
  private_jwk: string;
  certificate: string;
  created_at: Timestamp;
  retired_at: Date | null;
}

export interface AppUserTable {
  id: GeneratedAlways<number>;
  username: string;
  password_hash: string;
  is_admin: Generated<boolean>;
  token_epoch: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface ProjectTable {
  id: GeneratedAlways<number>;
  name: string;
  owner_id: number;
  is_public: Generated<boolean>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface ProjectMemberTable {
  project_id: number;
  user_id: number;
  role_id: number;
}

export interface RepositoryTable {
  id: GeneratedAlways<number>;
  project_id: number;
  name: string;
  created_at: Timestamp;
}

export interface BlobTable {
  digest: Digest;
  size: number;
  created_at: Timestamp;
  content: Buffer | null;
  missing_since: Date | null;
}

export interface RepositoryBlobTable {
  repository_id: number;
  digest: Digest;
  created_at: Timestamp;
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
}

export interface TagTable {
  repository_id: number;
  name: string;
  artifact_id: number;
  pushed_at: Timestamp;
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

/** The tables as migrations leave them; an integration test compares it with the database. */
export interface Schema {
  signing_key: SigningKeyTable;
  app_user: AppUserTable;
  project: ProjectTable;
  project_member: ProjectMemberTable;
  repository: RepositoryTable;
  blob: BlobTable;
  repository_blob: RepositoryBlobTable;
  artifact: ArtifactTable;
  artifact_blob: ArtifactBlobTable;
  artifact_reference: ArtifactReferenceTable;
  tag: TagTable;
  blob_upload: BlobUploadTable;
}
