-- Garbage collection (ADR 0018).

-- Until when a blob stays though nothing refers to it: somebody was told that it is here, and is
-- about to use it. By the database's clock.
ALTER TABLE blob ADD COLUMN leased_until timestamptz NOT NULL DEFAULT now();
ALTER TABLE blob ALTER COLUMN leased_until SET DEFAULT now() + interval '15 minutes';

-- Blobs that lost a reference, and may have been the last to have one. Not unique: those who
-- delete must not wait for each other.
CREATE TABLE gc_candidate (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest text COLLATE "C" NOT NULL,
  -- When to look.
  due_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX gc_candidate_due ON gc_candidate (due_at, id);

CREATE FUNCTION note_garbage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO gc_candidate (digest) SELECT DISTINCT digest FROM removed;
  RETURN NULL;
END
$$;
CREATE TRIGGER repository_blob_removed AFTER DELETE ON repository_blob
REFERENCING OLD TABLE AS removed
FOR EACH STATEMENT EXECUTE FUNCTION note_garbage();
CREATE TRIGGER deleted_artifact_blob_removed AFTER DELETE ON deleted_artifact_blob
REFERENCING OLD TABLE AS removed
FOR EACH STATEMENT EXECUTE FUNCTION note_garbage();

-- What earlier versions left.
INSERT INTO gc_candidate (digest)
SELECT digest FROM blob
WHERE NOT EXISTS (SELECT FROM repository_blob link WHERE link.digest = blob.digest)
  AND NOT EXISTS (SELECT FROM deleted_artifact_blob held WHERE held.digest = blob.digest);

-- Uploads that no manifest came for are looked at once, when they are old enough.
CREATE INDEX repository_blob_created ON repository_blob (created_at, repository_id);
CREATE TABLE gc_state (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  -- Links made before have been looked at.
  links_seen_until timestamptz NOT NULL DEFAULT 'epoch'
);
INSERT INTO gc_state DEFAULT VALUES;
