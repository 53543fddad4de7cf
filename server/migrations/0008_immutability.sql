-- Which tags cannot move or go once they are there.
CREATE TABLE immutable_tag_rule (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  project_id bigint NOT NULL REFERENCES project (id) ON DELETE CASCADE,
  -- Kept for clients; all rules hold alike.
  priority integer NOT NULL DEFAULT 0,
  disabled boolean NOT NULL DEFAULT false,
  tag_selectors jsonb NOT NULL,
  scope_selectors jsonb NOT NULL,
  -- SHA-256 of the selectors in hexadecimal: no project has the same rule twice.
  fingerprint text COLLATE "C" NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (project_id, fingerprint)
);
