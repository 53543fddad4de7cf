-- Objects of the Kubernetes-style API, with what watches need to tell of their changes.

-- One row. Every writer advances it first and so waits for the one before it: resource versions
-- become visible in their order, and whoever reads the log up to the newest has missed nothing.
CREATE TABLE kube_clock (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  version bigint NOT NULL,
  -- Changes up to this one are no longer in the log.
  trimmed_version bigint NOT NULL
);
INSERT INTO kube_clock (version, trimmed_version) VALUES (1, 1);

CREATE TABLE kube_object (
  -- Stays for life, and no later object gets it.
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text COLLATE "C" NOT NULL,
  -- Empty for kinds of the cluster.
  namespace text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  tenant text COLLATE "C",
  -- What no two objects of the kind may share, such as tenant/name.
  unique_key text COLLATE "C",
  uid uuid NOT NULL UNIQUE,
  resource_version bigint NOT NULL,
  is_deleting boolean NOT NULL,
  object jsonb NOT NULL,
  UNIQUE (kind, namespace, name),
  UNIQUE (kind, unique_key)
);
CREATE INDEX kube_object_tenant ON kube_object (kind, tenant, namespace, name);
CREATE INDEX kube_object_deleting ON kube_object (kind) WHERE is_deleting;

-- What happened, for watches and for the other replicas; trimmed by age.
CREATE TABLE kube_change (
  resource_version bigint PRIMARY KEY,
  type text NOT NULL CHECK (type IN ('ADDED', 'MODIFIED', 'DELETED')),
  kind text COLLATE "C" NOT NULL,
  -- After the change; of a deletion, what was deleted, with the version of the deletion.
  object jsonb NOT NULL,
  previous jsonb,
  changed_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX kube_change_age ON kube_change (changed_at);
