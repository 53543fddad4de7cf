-- Names are compared bytewise everywhere (COLLATE "C"), so that keyset pages, Link headers and
-- clients agree on one order.

CREATE TABLE signing_key (
  kid text PRIMARY KEY,
  algorithm text NOT NULL,
  private_jwk text NOT NULL,
  certificate text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  -- A retired key signs nothing more, but verifies until every token it signed has expired.
  retired_at timestamptz
);

CREATE TABLE app_user (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  username text COLLATE "C" NOT NULL UNIQUE,
  password_hash text NOT NULL,
  is_admin boolean NOT NULL DEFAULT false,
  -- Raised when issued tokens must stop working: password change, disabling.
  token_epoch integer NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE project (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL UNIQUE,
  owner_id bigint NOT NULL REFERENCES app_user (id),
  is_public boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Role ids are Harbor's: 1 projectAdmin, 2 developer, 3 guest, 4 maintainer, 5 limitedGuest.
CREATE TABLE project_member (
  project_id bigint NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
  role_id smallint NOT NULL CHECK (role_id BETWEEN 1 AND 5),
  PRIMARY KEY (project_id, user_id)
);
CREATE INDEX project_member_user ON project_member (user_id);

CREATE TABLE repository (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint NOT NULL REFERENCES project (id),
  -- The whole name, `project/path`, as it stands in a /v2 URL.
  name text COLLATE "C" NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX repository_project ON repository (project_id, name);

-- Blobs. A row is written only after its bytes are durable.
CREATE TABLE blob (
  digest text COLLATE "C" PRIMARY KEY,
  size bigint NOT NULL CHECK (size >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- The bytes of a small blob; those of all others are in the blob store (ADR 0008).
  content bytea,
  -- Set by fsck when the store has lost or spoilt the bytes: pushes are told that the blob is
  -- absent, so that the next one brings it back.
  missing_since timestamptz
);

-- Small blobs are compressed already, or too small to gain by it.
ALTER TABLE blob ALTER COLUMN content SET STORAGE EXTERNAL;

-- Where a blob may be read: pushed to, or mounted into, a repository.
CREATE TABLE repository_blob (
  repository_id bigint NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  digest text COLLATE "C" NOT NULL REFERENCES blob (digest),
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (repository_id, digest)
);
CREATE INDEX repository_blob_digest ON repository_blob (digest, repository_id);

-- A manifest in a repository. Its bytes live here and not in the blob store (ADR 0003): a push
-- of a manifest is one COMMIT, and a cold read one query.
CREATE TABLE artifact (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  repository_id bigint NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  digest text COLLATE "C" NOT NULL,
  media_type text NOT NULL,
  artifact_type text,
  subject_digest text COLLATE "C",
  annotations jsonb NOT NULL DEFAULT '{}',
  size integer NOT NULL,
  content bytea NOT NULL,
  pushed_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (repository_id, digest)
);
CREATE INDEX artifact_referrer ON artifact (repository_id, subject_digest, digest)
  WHERE subject_digest IS NOT NULL;

-- The foreign key to repository_blob is what keeps an image whole: a blob that a manifest needs
-- cannot leave the repository, whatever races with the push.
CREATE TABLE artifact_blob (
  artifact_id bigint NOT NULL REFERENCES artifact (id) ON DELETE CASCADE,
  repository_id bigint NOT NULL,
  digest text COLLATE "C" NOT NULL,
  PRIMARY KEY (artifact_id, digest),
  FOREIGN KEY (repository_id, digest) REFERENCES repository_blob (repository_id, digest)
);
CREATE INDEX artifact_blob_link ON artifact_blob (repository_id, digest);

-- Index → manifest edges. A sparse index names manifests that are not here.
CREATE TABLE artifact_reference (
  artifact_id bigint NOT NULL REFERENCES artifact (id) ON DELETE CASCADE,
  repository_id bigint NOT NULL,
  child_digest text COLLATE "C" NOT NULL,
  PRIMARY KEY (artifact_id, child_digest)
);
CREATE INDEX artifact_reference_child ON artifact_reference (repository_id, child_digest);

CREATE TABLE tag (
  repository_id bigint NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  artifact_id bigint NOT NULL REFERENCES artifact (id) ON DELETE CASCADE,
  pushed_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (repository_id, name)
);
CREATE INDEX tag_artifact ON tag (artifact_id);

CREATE TABLE blob_upload (
  id uuid PRIMARY KEY,
  repository_id bigint NOT NULL REFERENCES repository (id) ON DELETE CASCADE,
  -- Who started it; only that principal may go on.
  principal text NOT NULL,
  algorithm text NOT NULL,
  -- Bytes acknowledged, all of them durable.
  committed_offset bigint NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX blob_upload_updated ON blob_upload (updated_at);

-- Replicas that start at once on an empty database agree on one key.
CREATE UNIQUE INDEX signing_key_live ON signing_key ((true)) WHERE retired_at IS NULL;
