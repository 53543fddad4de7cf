import { type Database, type DatabaseTransaction, transact } from '../db/index.ts';
import { immutableTag } from './artifact.repository.ts';
import { StartAgain } from './locked-artifacts.repository.ts';
import { retryLinking } from './project-blob.repository.ts';

/** Which of the tags may not be moved or deleted. */
export type ImmutableAmong = (
  projectId: number,
  repository: string,
  tags: readonly string[],
) => Promise<ReadonlySet<string>>;

/** Tells, inside a transaction, what must stay as it is. */
export interface TagRules {
  filterImmutable(tags: readonly string[]): string[];
  /** @throws AppError precondition when one of the tags is immutable */
  refuseImmutable(tags: readonly string[]): void;
}

/**
 * Runs a transaction that obeys the rules for tags. What they say of a tag is asked for outside:
 * an answer may need a connection of its own, and transactions that hold all of the pool's while
 * they wait for one would wait for each other. So the transaction starts again when it comes upon
 * a tag that was not asked for; `tags` are those that are known to matter.
 */
export async function transactWithRules<T>(
  db: Database,
  immutableAmong: ImmutableAmong,
  { projectId, repository }: { readonly projectId: number; readonly repository: string },
  work: (tx: DatabaseTransaction, rules: TagRules) => Promise<T>,
  tags: readonly string[] = [],
): Promise<T> {
  const asked = new Set<string>();
  const immutable = new Set<string>();
  async function ask(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    for (const name of await immutableAmong(projectId, repository, names)) immutable.add(name);
    for (const name of names) asked.add(name);
  }
  function filterImmutable(names: readonly string[]): string[] {
    const unknown = names.filter((name) => !asked.has(name));
    if (unknown.length > 0) throw new StartAgain(unknown);
    return names.filter((name) => immutable.has(name));
  }
  function refuseImmutable(names: readonly string[]): void {
    const refused = filterImmutable(names);
    if (refused.length > 0) throw immutableTag(repository, refused);
  }
  const rules = { filterImmutable, refuseImmutable };
  await ask(tags);
  for (;;) {
    try {
      return await retryLinking(() => transact(db, (tx) => work(tx, rules)));
    } catch (error) {
      if (!(error instanceof StartAgain)) throw error;
      await ask(error.unknownTags);
    }
  }
}
