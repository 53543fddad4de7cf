-- How far the pass over all bytes is; no row between passes.
CREATE TABLE scrub_pass (
  -- There is one pass at a time.
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  -- What is read: blobs, then manifests, then what the store lists.
  stage text NOT NULL CHECK (stage IN ('blobs', 'manifests', 'orphans')),
  -- The last thing of the stage that was read, a digest or an id; nothing at its beginning.
  position text COLLATE "C" NOT NULL DEFAULT '',
  -- What was found so far.
  tally jsonb NOT NULL,
  started_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

-- Blobs whose bytes are lost: few, and counted every minute.
CREATE INDEX blob_missing ON blob (digest) WHERE missing_since IS NOT NULL;
