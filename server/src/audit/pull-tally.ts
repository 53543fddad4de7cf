import { artifactName } from '../artifacts/index.ts';
import type { AuditEntry } from './audit-entry.ts';

/** Who pulls what from where: repeats of it are one line with a count. */
export interface Pull {
  readonly projectId: number;
  readonly repository: string;
  /** Tag or digest. */
  readonly reference: string;
  readonly username: string;
  readonly address: string;
  readonly requestId: string;
}

export interface PullTally {
  /** Cheap enough for every pull: a repeat costs one look-up. */
  count(pull: Pull): void;
  /** Writes what was counted so far. */
  flush(): void;
}

interface Counted {
  readonly pull: Pull;
  repeats: number;
}

const WINDOW_MS = 10_000;
const MAX_KEYS = 20_000;

/**
 * Notes the first of equal pulls at once, and how many more there were when ten seconds are over:
 * a registry that is pulled from thousands of times a second must not write thousands of rows.
 */
export function createPullTally(note: (entry: AuditEntry) => void): PullTally {
  let counted = new Map<string, Counted>();
  let timer: NodeJS.Timeout | undefined;

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    const ended = counted;
    counted = new Map();
    for (const { pull, repeats } of ended.values()) {
      if (repeats > 0) note(entryOf(pull, `pulled ${repeats} more times within 10 seconds`));
    }
  }

  return {
    count(pull) {
      const key = `${pull.username} ${pull.address} ${pull.repository} ${pull.reference}`;
      const known = counted.get(key);
      if (known !== undefined) {
        known.repeats += 1;
        return;
      }
      if (counted.size >= MAX_KEYS) flush();
      counted.set(key, { pull, repeats: 0 });
      timer ??= setTimeout(flush, WINDOW_MS).unref();
      note(entryOf(pull));
    },
    flush,
  };
}

function entryOf(pull: Pull, description?: string): AuditEntry {
  const { projectId, username, address, requestId } = pull;
  return {
    projectId,
    username,
    address,
    requestId,
    operation: 'pull',
    resourceType: 'artifact',
    resource: artifactName(pull.repository, pull.reference),
    succeeded: true,
    ...(description !== undefined && { description }),
  };
}
