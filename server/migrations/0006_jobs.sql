-- Work in the background: Harbor's executions and their tasks, which are also the queue itself.

CREATE TABLE execution (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  vendor_type text COLLATE "C" NOT NULL,
  vendor_id bigint NOT NULL,
  -- Of its tasks; without any, until it is said to be done.
  status text NOT NULL DEFAULT 'Running',
  status_message text NOT NULL DEFAULT '',
  trigger text NOT NULL,
  extra_attrs jsonb NOT NULL DEFAULT '{}',
  start_time timestamptz NOT NULL DEFAULT now(),
  end_time timestamptz,
  update_time timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX execution_vendor ON execution (vendor_type, vendor_id, id DESC);

CREATE TABLE task (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  execution_id bigint NOT NULL REFERENCES execution (id) ON DELETE CASCADE,
  vendor_type text COLLATE "C" NOT NULL,
  job_id uuid NOT NULL DEFAULT gen_random_uuid(),
  status text NOT NULL DEFAULT 'Pending',
  status_message text NOT NULL DEFAULT '',
  run_count integer NOT NULL DEFAULT 0,
  extra_attrs jsonb NOT NULL DEFAULT '{}',
  payload jsonb NOT NULL,
  lane text COLLATE "C",
  group_key text COLLATE "C",
  -- First of the unfinished ones in its lane: the others are in no index that claiming reads.
  -- Set under the lock of the lane, see `lane.repository.ts`.
  is_head boolean NOT NULL,
  -- Met the closed gate of its group, and waits until it opens. Set under a lock of the gate.
  is_parked boolean NOT NULL DEFAULT false,
  run_at timestamptz NOT NULL DEFAULT now(),
  -- Who runs it, and until when that holds without a sign of life.
  locked_by uuid,
  locked_until timestamptz,
  stop_requested boolean NOT NULL DEFAULT false,
  -- How often it was running when its process died.
  crashes integer NOT NULL DEFAULT 0,
  log_bytes integer NOT NULL DEFAULT 0,
  creation_time timestamptz NOT NULL DEFAULT now(),
  start_time timestamptz,
  update_time timestamptz NOT NULL DEFAULT now(),
  end_time timestamptz
);
-- Rows leave the small indexes below all the time.
ALTER TABLE task SET (autovacuum_vacuum_scale_factor = 0.05);
CREATE INDEX task_execution ON task (execution_id, status);
CREATE INDEX task_ready ON task (vendor_type, run_at, id)
  WHERE status = 'Pending' AND is_head AND NOT is_parked;
CREATE INDEX task_parked ON task (vendor_type, group_key, run_at, id)
  WHERE status = 'Pending' AND is_head AND is_parked;
CREATE INDEX task_running ON task (locked_until) WHERE status = 'Running';
CREATE INDEX task_lane ON task (lane, id)
  WHERE status IN ('Pending', 'Running') AND lane IS NOT NULL;

CREATE TABLE task_log (
  id bigint GENERATED ALWAYS AS IDENTITY,
  task_id bigint NOT NULL REFERENCES task (id) ON DELETE CASCADE,
  -- Whole lines.
  content text NOT NULL,
  PRIMARY KEY (task_id, id)
);

-- Groups whose last task failed. Without a row a group is open.
CREATE TABLE task_gate (
  vendor_type text COLLATE "C" NOT NULL,
  group_key text COLLATE "C" NOT NULL,
  closed_until timestamptz NOT NULL,
  -- One after the other.
  failures integer NOT NULL,
  -- The one task that tries whether things are well again; the gate is closed while it does.
  probe_task_id bigint,
  PRIMARY KEY (vendor_type, group_key)
);
CREATE INDEX task_gate_closed ON task_gate (closed_until);

-- Events that a subscriber could not take, kept for whoever mends it.
CREATE TABLE failed_event (
  id bigint PRIMARY KEY,
  type text NOT NULL,
  project_id bigint NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  repository_name text COLLATE "C",
  payload jsonb NOT NULL,
  occurred_at timestamptz NOT NULL,
  failed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX failed_event_project ON failed_event (project_id);
