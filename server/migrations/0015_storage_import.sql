-- What was taken over from storage that distribution, or Harbor, filled.
CREATE TABLE storage_import (
  -- Empty: our own storage, in place. Otherwise the directory that blobs were brought from.
  source text COLLATE "C" PRIMARY KEY,
  -- `partial`: it ended, but some of what storage holds could not be taken over.
  state text NOT NULL CHECK (state IN ('running', 'done', 'partial')),
  -- Who is at work, and until when others believe it without hearing of it again.
  holder uuid,
  held_until timestamptz,
  -- Counts of the last run.
  counts jsonb NOT NULL DEFAULT '{}',
  started_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
