-- When work runs by itself, queues that are paused, and the processes that run tasks.

CREATE TABLE schedule (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  vendor_type text COLLATE "C" NOT NULL,
  vendor_id bigint NOT NULL,
  cron_type text NOT NULL,
  -- Six fields, seconds first, in UTC.
  cron text NOT NULL,
  parameters jsonb NOT NULL DEFAULT '{}',
  next_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (vendor_type, vendor_id)
);
CREATE INDEX schedule_next ON schedule (next_at);

-- Kinds of work that nobody starts; SCHEDULER stands for all schedules.
CREATE TABLE job_queue_status (
  job_type text COLLATE "C" PRIMARY KEY,
  paused_at timestamptz NOT NULL DEFAULT now()
);

-- Processes with a worker; its id is `locked_by` of the tasks that they run.
CREATE TABLE worker_pool (
  id uuid PRIMARY KEY,
  host text NOT NULL,
  pid integer NOT NULL,
  -- How many tasks it can run at once, of all kinds.
  concurrency integer NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  heartbeat_at timestamptz NOT NULL DEFAULT now()
);

-- Few levels, so that claiming can look at one after the other: see `claim.repository.ts`.
ALTER TABLE task
  ADD COLUMN priority smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN 0 AND 3),
  -- When the job last told how far it is.
  ADD COLUMN check_in_time timestamptz;

DROP INDEX task_ready;
CREATE INDEX task_ready ON task (vendor_type, priority, run_at, id)
  WHERE status = 'Pending' AND is_head AND NOT is_parked;
-- All that wait, also behind others: what the list of queues counts, and stopping one empties.
CREATE INDEX task_pending ON task (vendor_type, run_at) WHERE status = 'Pending';
CREATE UNIQUE INDEX task_job ON task (job_id);
