-- Which tags of a project stay; one policy for each.
CREATE TABLE retention_policy (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint NOT NULL UNIQUE REFERENCES project (id) ON DELETE CASCADE,
  rules jsonb NOT NULL,
  -- Ours: tags that no rule keeps go also when another tag of their artifact stays.
  per_tag boolean NOT NULL DEFAULT false,
  -- Harbor's words for what starts it; the cron expression is in `schedule` if it is not empty.
  trigger_kind text NOT NULL DEFAULT 'Schedule',
  -- Raised when what is kept may be another: tasks of before then do not run any more.
  revision integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- However the policy goes, also with its project.
CREATE FUNCTION retention_policy_deleted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM schedule WHERE vendor_type = 'RETENTION' AND vendor_id = OLD.id;
  DELETE FROM execution WHERE vendor_type = 'RETENTION' AND vendor_id = OLD.id;
  DELETE FROM project_metadata WHERE project_id = OLD.project_id AND name = 'retention_id';
  RETURN NULL;
END
$$;
CREATE TRIGGER retention_policy_deleted AFTER DELETE ON retention_policy
FOR EACH ROW EXECUTE FUNCTION retention_policy_deleted();
