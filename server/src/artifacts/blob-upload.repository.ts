import type { DigestAlgorithm } from '@berth/oci';
import { sql } from 'kysely';
import type { Database } from '../db/index.ts';

export interface BlobUpload {
  readonly id: string;
  readonly repositoryId: number;
  readonly algorithm: DigestAlgorithm;
  /** Bytes that are durable and acknowledged. */
  readonly offset: number;
}

export interface BlobUploadRepository {
  create(upload: Omit<BlobUpload, 'offset'>, principal: string): Promise<void>;
  /** The upload, if it belongs to this repository and principal. */
  find(repository: string, principal: string, id: string): Promise<BlobUpload | undefined>;
  /** Moves the offset on; false when it is not at `from` any more. */
  advance(id: string, from: number, to: number): Promise<boolean>;
  delete(id: string): Promise<void>;
  /** Deletes uploads untouched since `date` and returns their ids. */
  deleteIdle(date: Date): Promise<string[]>;
  /** Of the ids, those that are uploads still. */
  filterLive(ids: readonly string[]): Promise<Set<string>>;
}

export function createBlobUploadRepository(db: Database): BlobUploadRepository {
  return {
    async create({ id, repositoryId, algorithm }, principal) {
      // A session without bytes promises nothing: a power cut may lose it, so its commit need
      // not wait for the disk. A crash of this process alone loses nothing either way.
      await sql`
        WITH lazy AS (SELECT set_config('synchronous_commit', 'off', true))
        INSERT INTO blob_upload (id, repository_id, principal, algorithm)
        SELECT ${id}::uuid, ${repositoryId}::bigint, ${principal}, ${algorithm} FROM lazy`.execute(
        db,
      );
    },
    async find(repository, principal, id) {
      const row = await db
        .selectFrom('blob_upload')
        .innerJoin('repository', 'repository.id', 'blob_upload.repository_id')
        .select([
          'blob_upload.id',
          'blob_upload.repository_id as repositoryId',
          'blob_upload.algorithm',
          'blob_upload.committed_offset as offset',
        ])
        .where('blob_upload.id', '=', id)
        .where('repository.name', '=', repository)
        .where('blob_upload.principal', '=', principal)
        .executeTakeFirst();
      return row && { ...row, algorithm: row.algorithm === 'sha512' ? 'sha512' : 'sha256' };
    },
    async advance(id, from, to) {
      const result = await db
        .updateTable('blob_upload')
        .set({ committed_offset: to, updated_at: sql<Date>`now()` })
        .where('id', '=', id)
        .where('committed_offset', '=', from)
        .executeTakeFirst();
      return result.numUpdatedRows > 0n;
    },
    async delete(id) {
      await db.deleteFrom('blob_upload').where('id', '=', id).execute();
    },
    async deleteIdle(date) {
      const rows = await db
        .deleteFrom('blob_upload')
        .where('updated_at', '<', date)
        .returning('id')
        .execute();
      return rows.map((row) => row.id);
    },
    async filterLive(ids) {
      if (ids.length === 0) return new Set();
      const rows = await db
        .selectFrom('blob_upload')
        .select('id')
        .where((eb) => eb('id', '=', eb.fn.any(eb.val([...ids]))))
        .execute();
      return new Set(rows.map((row) => row.id));
    },
  };
}
