import type { Digest } from '@berth/oci';
import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

export interface BlobRow {
  readonly digest: Digest;
  readonly size: number;
  readonly isMissing: boolean;
  /** The bytes of a small blob; those of others are in the blob store. */
  readonly content: Buffer | null;
}

export interface ArtifactRow {
  readonly id: number;
  readonly repository: string;
  readonly digest: Digest;
  readonly content: Buffer;
}

export interface FsckRepository {
  /** Blobs after `last`, by digest. */
  listBlobs(last: string, limit: number): Promise<BlobRow[]>;
  hasBlob(digest: Digest): Promise<boolean>;
  /** Artifacts after `last`, by id. */
  listArtifacts(last: number, limit: number): Promise<ArtifactRow[]>;
  /** Up to 20 names, `project/path:tag` or `project/path@digest`, of images that need the blob. */
  listUsers(digest: Digest): Promise<string[]>;
  markMissing(digest: Digest): Promise<void>;
  markPresent(digest: Digest): Promise<void>;
}

export function createFsckRepository(db: Database): FsckRepository {
  return new SqlFsckRepository(db);
}

class SqlFsckRepository implements FsckRepository {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  async listBlobs(last: string, limit: number): Promise<BlobRow[]> {
    const rows = await this.#db
      .selectFrom('blob')
      .select(['digest', 'size', 'content', 'missing_since'])
      .where(sql<boolean>`digest > ${last}`)
      .orderBy('digest')
      .limit(limit)
      .execute();
    return rows.map(({ digest, size, content, missing_since: since }) => ({
      digest,
      size,
      content,
      isMissing: since !== null,
    }));
  }

  async hasBlob(digest: Digest): Promise<boolean> {
    const row = await this.#db
      .selectFrom('blob')
      .select('digest')
      .where('digest', '=', digest)
      .executeTakeFirst();
    return row !== undefined;
  }

  async listArtifacts(last: number, limit: number): Promise<ArtifactRow[]> {
    const rows = await this.#db
      .selectFrom('artifact')
      .innerJoin('repository', 'repository.id', 'artifact.repository_id')
      .select([
        'artifact.id',
        'repository.name as repository',
        'artifact.digest',
        'artifact.content',
      ])
      .where('artifact.id', '>', last)
      .orderBy('artifact.id')
      .limit(limit)
      .execute();
    return rows.map((row) => ({ ...row, digest: row.digest }));
  }

  async listUsers(digest: Digest): Promise<string[]> {
    const rows = await this.#db
      .selectFrom('artifact_blob')
      .innerJoin('artifact', 'artifact.id', 'artifact_blob.artifact_id')
      .innerJoin('repository', 'repository.id', 'artifact.repository_id')
      .leftJoin('tag', 'tag.artifact_id', 'artifact.id')
      .select(['repository.name', 'artifact.digest', 'tag.name as tag'])
      .where('artifact_blob.digest', '=', digest)
      .limit(20)
      .execute();
    return rows.map((row) => `${row.name}${row.tag ? `:${row.tag}` : `@${row.digest}`}`);
  }

  async markMissing(digest: Digest): Promise<void> {
    await this.#db
      .updateTable('blob')
      .set({ missing_since: sql<Date>`now()` })
      .where('digest', '=', digest)
      .execute();
  }

  async markPresent(digest: Digest): Promise<void> {
    await this.#db
      .updateTable('blob')
      .set({ missing_since: null })
      .where('digest', '=', digest)
      .execute();
  }
}
