-- Who did what (Harbor's audit_log and audit_log_ext in one).
--
-- One table, not partitions by month: purging is by age *and* event type, so partitions could
-- seldom be dropped, and the indexes below answer a page as fast at any size.
CREATE TABLE audit_log (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- No foreign key: what happened in a project is known after the project is gone.
  project_id bigint,
  operation text COLLATE "C" NOT NULL CHECK (length(operation) <= 50),
  resource_type text COLLATE "C" NOT NULL CHECK (length(resource_type) <= 255),
  resource text COLLATE "C" NOT NULL CHECK (length(resource) <= 1024),
  username text COLLATE "C" NOT NULL CHECK (length(username) <= 255),
  description text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(description) <= 1024),
  succeeded boolean NOT NULL DEFAULT true,
  source_ip text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(source_ip) <= 64),
  request_id text COLLATE "C" NOT NULL DEFAULT '' CHECK (length(request_id) <= 128),
  occurred_at timestamptz NOT NULL DEFAULT now()
);
-- Each serves a filter together with the order of the list, and counts without the table.
CREATE INDEX audit_log_time ON audit_log (occurred_at DESC, id DESC);
CREATE INDEX audit_log_project ON audit_log (project_id, occurred_at DESC, id DESC);
CREATE INDEX audit_log_user ON audit_log (username, occurred_at DESC, id DESC);
CREATE INDEX audit_log_operation ON audit_log (operation, occurred_at DESC, id DESC);

-- Rows are only added, at one end: statistics and the visibility map must follow sooner than
-- after a fifth of ten million rows.
ALTER TABLE audit_log SET (
  autovacuum_analyze_scale_factor = 0.01,
  autovacuum_vacuum_insert_scale_factor = 0.01
);
