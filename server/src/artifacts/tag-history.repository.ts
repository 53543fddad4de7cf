import type { Digest } from '@berth/oci';
import type { Database } from '../db/index.ts';

/** A move of a tag. `from` is absent when the tag came to be, `to` when it was deleted. */
export interface TagMove {
  readonly id: number;
  readonly from: Digest | undefined;
  readonly to: Digest | undefined;
  /** Who did it; `berth` for the registry itself. */
  readonly actor: string;
  readonly at: Date;
}

export interface TagHistoryRepository {
  /** Newest first. */
  list(
    repository: string,
    tag: string,
    page: { offset: number; limit: number },
  ): Promise<{ moves: TagMove[]; total: number }>;
  /** Whether the tag was ever at the digest. */
  includes(repository: string, tag: string, digest: Digest): Promise<boolean>;
}

export function createTagHistoryRepository(db: Database): TagHistoryRepository {
  const select = (repository: string, tag: string) =>
    db
      .selectFrom('tag_history')
      .where('repository_name', '=', repository)
      .where('tag_name', '=', tag);
  return {
    async list(repository, tag, { offset, limit }) {
      const [rows, { total }] = await Promise.all([
        select(repository, tag)
          .select(['id', 'from_digest', 'to_digest', 'actor', 'changed_at'])
          .orderBy('id', 'desc')
          .offset(offset)
          .limit(limit)
          .execute(),
        select(repository, tag)
          .select((eb) => eb.fn.countAll<number>().as('total'))
          .executeTakeFirstOrThrow(),
      ]);
      const moves = rows.map((row) => ({
        id: row.id,
        from: row.from_digest ?? undefined,
        to: row.to_digest ?? undefined,
        actor: row.actor,
        at: row.changed_at,
      }));
      return { moves, total };
    },
    async includes(repository, tag, digest) {
      const row = await select(repository, tag)
        .select('id')
        .where('to_digest', '=', digest)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
