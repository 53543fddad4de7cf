-- Whom to tell what happens in a project.

CREATE TABLE webhook_policy (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  description text NOT NULL DEFAULT '',
  event_types text[] NOT NULL,
  is_enabled boolean NOT NULL,
  creator text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (project_id, name)
);

-- An id is chosen before the row is written, since the secrets are sealed to it, and stays when
-- the policy is changed: deliveries that wait name the target by it.
CREATE TABLE webhook_target (
  id uuid PRIMARY KEY,
  policy_id bigint NOT NULL REFERENCES webhook_policy (id) ON DELETE CASCADE,
  position integer NOT NULL,
  type text NOT NULL CHECK (type IN ('http', 'slack')),
  address text NOT NULL,
  -- Empty for Slack, which has a form of its own.
  payload_format text NOT NULL,
  skip_cert_verify boolean NOT NULL,
  -- Both sealed. `secret` is the key of the signatures that deliveries carry.
  auth_header text,
  secret text
);
CREATE INDEX webhook_target_policy ON webhook_target (policy_id, position);

-- When an event last made a policy send something; outlives the executions, which are swept.
CREATE TABLE webhook_trigger (
  policy_id bigint NOT NULL REFERENCES webhook_policy (id) ON DELETE CASCADE,
  event_type text NOT NULL,
  triggered_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (policy_id, event_type)
);
