-- When the Helm charts of a project changed: what lists them, as index.yaml does, asks for these
-- and reads only the repositories that changed.

-- Counts the transactions that changed a project's charts. Whoever raises it holds the row until
-- the commit, so they are seen in their order: whoever has seen a number has seen all below it.
CREATE TABLE chart_revision (
  project_id bigint PRIMARY KEY REFERENCES project (id) ON DELETE CASCADE,
  revision bigint NOT NULL DEFAULT 1,
  -- The transaction that raised it last: each raises it once.
  raised_by xid8 NOT NULL DEFAULT pg_current_xact_id()
);

-- At which of them a repository changed; kept when the repository goes, which is a change too.
CREATE TABLE chart_repository_revision (
  project_id bigint NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  repository_id bigint NOT NULL,
  revision bigint NOT NULL,
  PRIMARY KEY (project_id, repository_id)
);
CREATE INDEX chart_repository_revision_since
  ON chart_repository_revision (project_id, revision);

CREATE FUNCTION raise_chart_revision(project bigint, repository bigint) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  raised bigint;
BEGIN
  INSERT INTO chart_revision AS known (project_id)
  SELECT id FROM project WHERE id = raise_chart_revision.project
  ON CONFLICT (project_id) DO UPDATE
    SET revision = known.revision + 1, raised_by = pg_current_xact_id()
    WHERE known.raised_by <> pg_current_xact_id();
  SELECT revision INTO raised FROM chart_revision
  WHERE project_id = raise_chart_revision.project;
  -- The project is being deleted, and its charts with it.
  IF raised IS NULL THEN RETURN; END IF;
  INSERT INTO chart_repository_revision AS known (project_id, repository_id, revision)
  VALUES (raise_chart_revision.project, raise_chart_revision.repository, raised)
  ON CONFLICT (project_id, repository_id) DO UPDATE SET revision = excluded.revision
    WHERE known.revision <> excluded.revision;
END
$$;

-- A tag moved to or from a chart. Deferred, so that the row above is the last one that a
-- transaction locks, and nobody who holds it waits for another.
CREATE FUNCTION chart_tag_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  owner bigint;
  here bigint := CASE WHEN TG_OP = 'DELETE' THEN OLD.repository_id ELSE NEW.repository_id END;
BEGIN
  SELECT project_id INTO owner FROM artifact
  WHERE type = 'CHART' AND id IN (
    CASE WHEN TG_OP = 'INSERT' THEN NULL ELSE OLD.artifact_id END,
    CASE WHEN TG_OP = 'DELETE' THEN NULL ELSE NEW.artifact_id END)
  LIMIT 1;
  IF owner IS NOT NULL THEN PERFORM raise_chart_revision(owner, here); END IF;
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER chart_tag_changed
AFTER INSERT OR DELETE OR UPDATE OF artifact_id ON tag
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION chart_tag_changed();

-- A chart was deleted, with tags or without; or what an older version stored turns out to be one.
CREATE FUNCTION chart_artifact_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM raise_chart_revision(OLD.project_id, OLD.repository_id);
  RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER chart_artifact_deleted AFTER DELETE ON artifact
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (OLD.type = 'CHART') EXECUTE FUNCTION chart_artifact_changed();
CREATE CONSTRAINT TRIGGER chart_artifact_described AFTER UPDATE OF type ON artifact
DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW WHEN (OLD.type IS DISTINCT FROM NEW.type AND 'CHART' IN (OLD.type, NEW.type))
EXECUTE FUNCTION chart_artifact_changed();

-- What is there already, once.
INSERT INTO chart_revision (project_id)
SELECT DISTINCT project_id FROM artifact WHERE type = 'CHART';
INSERT INTO chart_repository_revision (project_id, repository_id, revision)
SELECT DISTINCT project_id, repository_id, 1 FROM artifact WHERE type = 'CHART';
