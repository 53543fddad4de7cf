-- What the product keeps of repositories, artifacts and tags beside the bytes.

-- Names are searched for by any part of them.
CREATE EXTENSION IF NOT EXISTS pg_trgm;

ALTER TABLE repository
  ADD COLUMN description text NOT NULL DEFAULT '',
  ADD COLUMN pull_count bigint NOT NULL DEFAULT 0,
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();
UPDATE repository SET updated_at = created_at;
CREATE INDEX repository_created ON repository (created_at DESC, id DESC);

-- Every distinct blob and manifest of a project, once: what its quota counts. A row lives as long
-- as something in the project refers to it, which the foreign keys below see to.
CREATE TABLE project_blob (
  project_id bigint NOT NULL REFERENCES project (id),
  digest text COLLATE "C" NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  PRIMARY KEY (project_id, digest)
);

-- What changed a project's used storage, in bytes, since `quota.used_storage` was last brought up
-- to date: used is always that and the sum of these. Rows that are only ever added keep pushes
-- from queueing for one. No foreign keys on such tables, whose locks would do just that; they are
-- cleared by `project_deleted` below.
CREATE TABLE quota_delta (
  project_id bigint NOT NULL,
  bytes bigint NOT NULL
);
CREATE INDEX quota_delta_project ON quota_delta (project_id);

-- Bytes that pushes under way may still bring. Lost in a crash, as the pushes are.
CREATE UNLOGGED TABLE quota_reservation (
  id uuid PRIMARY KEY,
  project_id bigint NOT NULL,
  bytes bigint NOT NULL CHECK (bytes >= 0),
  expires_at timestamptz NOT NULL
);
CREATE INDEX quota_reservation_project ON quota_reservation (project_id);

ALTER TABLE repository_blob ADD COLUMN project_id bigint;
UPDATE repository_blob SET project_id = repository.project_id
FROM repository WHERE repository.id = repository_blob.repository_id;
ALTER TABLE repository_blob ALTER COLUMN project_id SET NOT NULL;

ALTER TABLE artifact
  ADD COLUMN project_id bigint,
  -- Harbor's type, IMAGE, CHART, …; null in rows that an older version wrote, until they are read.
  ADD COLUMN type text,
  -- Harbor's media_type: the config's, or that of an index.
  ADD COLUMN config_media_type text,
  -- The manifest with all it refers to, in bytes; null as `type` is.
  ADD COLUMN total_size bigint,
  -- What an accessory (a signature, an SBOM, …) is about, and Harbor's type of it.
  ADD COLUMN accessory_of text COLLATE "C",
  ADD COLUMN accessory_type text,
  -- What the config tells; null until somebody asks.
  ADD COLUMN extra_attrs jsonb,
  -- In the list of artifacts: no accessory, and tagged or in no index. Kept by `relist_artifact`.
  ADD COLUMN is_listed boolean NOT NULL DEFAULT true,
  ADD COLUMN pulled_at timestamptz;
-- Lists and counts read many rows and no manifest: those lie apart.
ALTER TABLE artifact SET (toast_tuple_target = 512);
UPDATE artifact SET
  project_id = repository.project_id,
  accessory_of = artifact.subject_digest,
  accessory_type = CASE WHEN artifact.subject_digest IS NULL THEN NULL
    WHEN artifact.artifact_type = 'application/vnd.cncf.notary.signature' THEN 'signature.notation'
    WHEN artifact.artifact_type IN ('application/vnd.dev.cosign.artifact.sig.v1+json',
      'application/vnd.dev.sigstore.bundle.v0.3+json') THEN 'signature.cosign'
    WHEN artifact.artifact_type = 'application/vnd.goharbor.harbor.sbom.v1' THEN 'sbom.harbor'
    ELSE 'subject.accessory' END
FROM repository WHERE repository.id = artifact.repository_id;
ALTER TABLE artifact ALTER COLUMN project_id SET NOT NULL;
UPDATE artifact SET accessory_type = 'signature.cosign',
  accessory_of = 'sha256:' || substring(tag.name FROM 8 FOR 64)
FROM tag
WHERE tag.artifact_id = artifact.id AND accessory_of IS NULL
  AND tag.name ~ '^sha256-[0-9a-f]{64}\.sig$';

INSERT INTO project_blob (project_id, digest, size)
SELECT DISTINCT link.project_id, link.digest, blob.size
FROM repository_blob link JOIN blob ON blob.digest = link.digest;
INSERT INTO project_blob (project_id, digest, size)
SELECT DISTINCT ON (project_id, digest) project_id, digest, size FROM artifact
ON CONFLICT DO NOTHING;
UPDATE quota SET used_storage = coalesce(
  (SELECT sum(size) FROM project_blob WHERE project_blob.project_id = quota.project_id), 0);

ALTER TABLE repository_blob
  ADD FOREIGN KEY (project_id, digest) REFERENCES project_blob (project_id, digest);
DROP INDEX repository_blob_digest;
CREATE INDEX repository_blob_digest ON repository_blob (digest, project_id, repository_id);
ALTER TABLE artifact
  ADD FOREIGN KEY (project_id, digest) REFERENCES project_blob (project_id, digest);
CREATE INDEX artifact_digest ON artifact (digest, project_id, repository_id);

UPDATE artifact SET is_listed = accessory_of IS NULL AND (
  EXISTS (SELECT FROM tag WHERE tag.artifact_id = artifact.id)
  OR NOT EXISTS (SELECT FROM artifact_reference edge
    WHERE edge.repository_id = artifact.repository_id AND edge.child_digest = artifact.digest));
CREATE INDEX artifact_listed ON artifact (repository_id, pushed_at DESC, id DESC) WHERE is_listed;
CREATE INDEX artifact_pushed ON artifact (repository_id, pushed_at DESC, id DESC);
CREATE INDEX artifact_accessory ON artifact (repository_id, accessory_of, id)
  WHERE accessory_of IS NOT NULL;
-- Rows that an older version wrote.
CREATE INDEX artifact_undescribed ON artifact (id) WHERE type IS NULL;

-- What an index says of its child (Harbor's `references`).
ALTER TABLE artifact_reference
  ADD COLUMN platform jsonb,
  ADD COLUMN annotations jsonb,
  ADD COLUMN urls text[],
  ADD COLUMN position integer NOT NULL DEFAULT 0;

ALTER TABLE tag
  ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  ADD COLUMN pulled_at timestamptz;
DROP INDEX tag_artifact;
CREATE INDEX tag_artifact ON tag (artifact_id, pushed_at DESC, id DESC);

-- Every move of every tag. `from_digest` is null when the tag came to be, `to_digest` when it went.
CREATE TABLE tag_history (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint NOT NULL,
  repository_name text COLLATE "C" NOT NULL,
  tag_name text COLLATE "C" NOT NULL,
  from_digest text COLLATE "C",
  to_digest text COLLATE "C",
  actor text NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX tag_history_tag ON tag_history (repository_name, tag_name, id DESC);
CREATE INDEX tag_history_repository ON tag_history (repository_name, changed_at DESC);
CREATE INDEX tag_history_project ON tag_history (project_id);

-- Deleted artifacts, which can be brought back for some days; their blobs are kept for them.
CREATE TABLE deleted_artifact (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  repository_name text COLLATE "C" NOT NULL,
  digest text COLLATE "C" NOT NULL,
  media_type text NOT NULL,
  type text,
  content bytea NOT NULL,
  total_size bigint,
  accessory_of text COLLATE "C",
  tags text[] NOT NULL,
  pushed_at timestamptz NOT NULL,
  deleted_by text NOT NULL,
  deleted_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (repository_name, digest)
);
CREATE INDEX deleted_artifact_project ON deleted_artifact (project_id, deleted_at DESC, id DESC);
CREATE INDEX deleted_artifact_time ON deleted_artifact (deleted_at);
CREATE INDEX deleted_artifact_list ON deleted_artifact (repository_name, deleted_at DESC, id DESC);
CREATE TABLE deleted_artifact_blob (
  deleted_artifact_id bigint NOT NULL REFERENCES deleted_artifact (id) ON DELETE CASCADE,
  digest text COLLATE "C" NOT NULL REFERENCES blob (digest),
  PRIMARY KEY (deleted_artifact_id, digest)
);
CREATE INDEX deleted_artifact_blob_digest ON deleted_artifact_blob (digest);

-- Without a project: a label of the system.
CREATE TABLE label (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint REFERENCES project (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  description text NOT NULL DEFAULT '',
  color text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (project_id, name)
);
CREATE TABLE artifact_label (
  artifact_id bigint NOT NULL REFERENCES artifact (id) ON DELETE CASCADE,
  label_id bigint NOT NULL REFERENCES label (id) ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (artifact_id, label_id)
);
CREATE INDEX artifact_label_label ON artifact_label (label_id, artifact_id);

-- What happened, written by the transaction that made it happen, until every subscriber has it.
CREATE TABLE event_outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type text NOT NULL,
  project_id bigint NOT NULL,
  -- Events of one repository are told in the order of their ids.
  repository_name text COLLATE "C",
  payload jsonb NOT NULL,
  occurred_at timestamptz NOT NULL DEFAULT now()
);

-- Who is at work is told by the transaction, as it says `set_config('berth.actor', …, true)`.
CREATE FUNCTION current_actor() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('berth.actor', true), ''), 'berth')
$$;

-- Brings `is_listed` up to date after a tag or an index entry of the artifact changed. Locks it
-- first: whoever changes the other one of the two waits, and then sees this change. One artifact
-- at a time, since plans for a single id are kept and those for arrays are made anew.
CREATE FUNCTION relist_artifact(wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM artifact WHERE id = wanted FOR NO KEY UPDATE;
  UPDATE artifact SET is_listed = NOT is_listed
  WHERE id = wanted AND is_listed <> (accessory_of IS NULL AND (
    EXISTS (SELECT FROM tag WHERE tag.artifact_id = wanted)
    OR NOT EXISTS (SELECT FROM artifact_reference edge
      WHERE edge.repository_id = artifact.repository_id AND edge.child_digest = artifact.digest)));
END
$$;

CREATE FUNCTION tag_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  here bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.repository_id ELSE NEW.repository_id END;
  origin bigint := CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE OLD.artifact_id END;
  target bigint := CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE NEW.artifact_id END;
BEGIN
  IF origin IS NOT DISTINCT FROM target THEN RETURN NULL; END IF;
  INSERT INTO tag_history (project_id, repository_name, tag_name, from_digest, to_digest, actor)
  SELECT repository.project_id, repository.name,
         CASE WHEN TG_OP = 'DELETE' THEN OLD.name ELSE NEW.name END,
         (SELECT digest FROM artifact WHERE id = origin),
         (SELECT digest FROM artifact WHERE id = target), current_actor()
  FROM repository WHERE repository.id = here;
  -- In the order of ids, as everybody locks them.
  PERFORM relist_artifact(least(origin, target));
  IF origin IS NOT NULL AND target IS NOT NULL THEN
    PERFORM relist_artifact(greatest(origin, target));
  END IF;
  RETURN NULL;
END
$$;
CREATE TRIGGER tag_changed AFTER INSERT OR DELETE OR UPDATE OF artifact_id ON tag
FOR EACH ROW EXECUTE FUNCTION tag_changed();

CREATE FUNCTION artifact_reference_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM relist_artifact(child.id)
  FROM (SELECT artifact.id
    FROM changed JOIN artifact ON artifact.repository_id = changed.repository_id
      AND artifact.digest = changed.child_digest
    ORDER BY artifact.id) AS child;
  RETURN NULL;
END
$$;
CREATE TRIGGER artifact_reference_added AFTER INSERT ON artifact_reference
REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION artifact_reference_changed();
CREATE TRIGGER artifact_reference_removed AFTER DELETE ON artifact_reference
REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION artifact_reference_changed();

CREATE FUNCTION project_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM quota_delta WHERE project_id = OLD.id;
  DELETE FROM quota_reservation WHERE project_id = OLD.id;
  DELETE FROM tag_history WHERE project_id = OLD.id;
  DELETE FROM event_outbox WHERE project_id = OLD.id;
  DELETE FROM project_blob WHERE project_id = OLD.id;
  RETURN OLD;
END
$$;
CREATE TRIGGER project_deleted BEFORE DELETE ON project
FOR EACH ROW EXECUTE FUNCTION project_deleted();
