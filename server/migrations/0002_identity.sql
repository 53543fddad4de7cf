-- Who there is and what they may do (Harbor's users, groups, members, robots, configuration, audit).

ALTER TABLE app_user
  -- Users of a directory or a provider have none.
  ALTER COLUMN password_hash DROP NOT NULL,
  ADD COLUMN email text,
  ADD COLUMN realname text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN comment text NOT NULL DEFAULT '',
  -- Told by the source at the last login: member of its admin group.
  ADD COLUMN is_admin_by_source boolean NOT NULL DEFAULT false,
  -- A deleted user keeps its row, under another name: projects and audit logs point at it.
  ADD COLUMN deleted_at timestamptz;
CREATE UNIQUE INDEX app_user_email ON app_user (lower(email));

-- Where a user comes from: never linked by mere name. `issuer` is the directory's or the
-- provider's URL, `subject` the DN or the `sub` claim.
CREATE TABLE user_identity (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
  source text NOT NULL CHECK (source IN ('ldap', 'oidc', 'http', 'uaa')),
  issuer text COLLATE "C" NOT NULL,
  subject text COLLATE "C" NOT NULL,
  -- Sealed: what `docker login` uses in place of a password, and what renews the identity.
  cli_secret text,
  refresh_token text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (source, issuer, subject)
);
CREATE INDEX user_identity_user ON user_identity (user_id);

-- Types are Harbor's: 1 LDAP, 2 auth proxy, 3 OIDC.
CREATE TABLE user_group (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text COLLATE "C" NOT NULL,
  type smallint NOT NULL CHECK (type BETWEEN 1 AND 3),
  ldap_dn text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX user_group_dn ON user_group (lower(ldap_dn)) WHERE type = 1;
CREATE UNIQUE INDEX user_group_name ON user_group (type, name) WHERE type <> 1;

-- As the source told at the last login.
CREATE TABLE user_group_user (
  group_id bigint NOT NULL REFERENCES user_group (id) ON DELETE CASCADE,
  user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
  PRIMARY KEY (user_id, group_id)
);
CREATE INDEX user_group_user_group ON user_group_user (group_id);

ALTER TABLE project_member DROP CONSTRAINT project_member_pkey;
ALTER TABLE project_member
  ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  ADD COLUMN group_id bigint REFERENCES user_group (id) ON DELETE CASCADE,
  ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
  ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now(),
  ALTER COLUMN user_id DROP NOT NULL,
  ADD CONSTRAINT project_member_entity CHECK (num_nonnulls(user_id, group_id) = 1),
  ADD CONSTRAINT project_member_user_key UNIQUE (project_id, user_id),
  ADD CONSTRAINT project_member_group_key UNIQUE (project_id, group_id);
CREATE INDEX project_member_group ON project_member (group_id);

ALTER TABLE project
  -- Raised by whatever may take a right away: tokens issued before are checked anew.
  ADD COLUMN access_epoch integer NOT NULL DEFAULT 0;

-- Harbor's metadata, except `public`, which is a column of the project.
CREATE TABLE project_metadata (
  project_id bigint NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  value text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (project_id, name)
);

-- Bytes; a hard limit of -1 is none.
CREATE TABLE quota (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint NOT NULL UNIQUE REFERENCES project (id) ON DELETE CASCADE,
  hard_storage bigint NOT NULL DEFAULT -1 CHECK (hard_storage = -1 OR hard_storage > 0),
  used_storage bigint NOT NULL DEFAULT 0 CHECK (used_storage >= 0),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO quota (project_id) SELECT id FROM project;

-- Without a project: the allowlist of the system.
CREATE TABLE cve_allowlist (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint REFERENCES project (id) ON DELETE CASCADE,
  -- Seconds since the Unix epoch.
  expires_at bigint,
  items jsonb NOT NULL DEFAULT '[]',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (project_id)
);

-- Without a project: a robot of the system. `name` is what it was called at its creation,
-- without prefix and project.
CREATE TABLE robot (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint REFERENCES project (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  description text NOT NULL DEFAULT '',
  -- Days; -1 is for ever.
  duration integer NOT NULL,
  expires_at timestamptz,
  is_disabled boolean NOT NULL DEFAULT false,
  -- Raised when issued tokens must stop working.
  token_epoch integer NOT NULL DEFAULT 0,
  creator_kind text NOT NULL DEFAULT 'user' CHECK (creator_kind IN ('user', 'robot')),
  creator_id bigint NOT NULL,
  last_used_at timestamptz,
  last_used_address text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE NULLS NOT DISTINCT (project_id, name)
);

-- At most two live ones, so that a secret can be replaced without an outage.
CREATE TABLE robot_secret (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  robot_id bigint NOT NULL REFERENCES robot (id) ON DELETE CASCADE,
  -- A keyed digest; the secret itself is shown once and kept nowhere.
  digest text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz
);
CREATE INDEX robot_secret_robot ON robot_secret (robot_id);

CREATE TABLE robot_permission (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  robot_id bigint NOT NULL REFERENCES robot (id) ON DELETE CASCADE,
  -- `project` names one project; a deleted project takes its permissions with it.
  scope text NOT NULL CHECK (scope IN ('system', 'project', 'all-projects')),
  project_id bigint REFERENCES project (id) ON DELETE CASCADE,
  -- [{"resource": …, "action": …, "effect": …}]
  access jsonb NOT NULL,
  -- Globs over the path below the project; an empty list is every repository.
  repositories jsonb NOT NULL DEFAULT '[]',
  CHECK ((scope = 'project') = (project_id IS NOT NULL))
);
CREATE INDEX robot_permission_robot ON robot_permission (robot_id);
CREATE INDEX robot_permission_project ON robot_permission (project_id);

-- An OIDC issuer whose tokens a robot takes in place of a secret, if all conditions hold.
CREATE TABLE robot_trust (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  robot_id bigint NOT NULL REFERENCES robot (id) ON DELETE CASCADE,
  preset text,
  issuer text NOT NULL,
  audience text,
  -- [{"claim": …, "pattern": …}]
  conditions jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX robot_trust_robot ON robot_trust (robot_id);

-- Logins of browsers. The cookie's value is nowhere, only its hash.
CREATE TABLE session (
  id uuid PRIMARY KEY,
  secret_hash bytea NOT NULL UNIQUE,
  user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
  -- The user's when the session began; a later one ends it.
  user_epoch integer NOT NULL,
  source text NOT NULL,
  address text NOT NULL,
  user_agent text NOT NULL DEFAULT '',
  -- Sealed, for a logout at the provider.
  id_token text,
  created_at timestamptz NOT NULL DEFAULT now(),
  used_at timestamptz NOT NULL DEFAULT now(),
  -- When it ends however much it is used.
  expires_at timestamptz NOT NULL
);
CREATE INDEX session_of_user ON session (user_id);
CREATE INDEX session_used_at ON session (used_at);

CREATE TABLE personal_token (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES app_user (id) ON DELETE CASCADE,
  name text COLLATE "C" NOT NULL,
  digest text COLLATE "C" NOT NULL,
  scopes jsonb NOT NULL,
  -- Null: all projects of the user.
  project_ids jsonb,
  expires_at timestamptz,
  last_used_at timestamptz,
  last_used_address text,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (user_id, name)
);

-- Failed logins by account and by address. Unlogged: losing it in a crash lets nobody in.
CREATE UNLOGGED TABLE login_failure (
  key text COLLATE "C" PRIMARY KEY,
  failures double precision NOT NULL,
  updated_at timestamptz NOT NULL
);

-- What was set through PUT /configurations; secrets are sealed.
CREATE TABLE configuration (
  key text PRIMARY KEY,
  value text NOT NULL,
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Proves at start that the key at hand opens what is sealed.
CREATE TABLE secret_key_check (
  key_id text PRIMARY KEY,
  proof text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
