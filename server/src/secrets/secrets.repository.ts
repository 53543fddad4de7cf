import { sql } from 'kysely';
import { type Database, transact } from '../db/index.ts';

/** A text sealed with a key: whoever opens it has that key. */
export interface KeyProof {
  readonly keyId: string;
  readonly proof: string;
}

export interface SecretsRepository {
  /**
   * Hands all proofs, the newest first, to `decide` and puts the one it gives as the newest.
   * Replicas take turns. What `decide` throws changes nothing.
   */
  updateProofs(decide: (proofs: readonly KeyProof[]) => KeyProof | undefined): Promise<void>;
}

export function createSecretsRepository(db: Database): SecretsRepository {
  return {
    updateProofs: (decide) =>
      transact(db, async (tx) => {
        await sql`LOCK TABLE secret_key_check IN SHARE ROW EXCLUSIVE MODE`.execute(tx);
        const proofs = await tx
          .selectFrom('secret_key_check')
          .select(['key_id as keyId', 'proof'])
          .orderBy('created_at', 'desc')
          .orderBy('key_id')
          .execute();
        const added = decide(proofs);
        if (added === undefined) return;
        // now() is when the transaction began, which may be before it got the lock.
        const row = { proof: added.proof, created_at: sql<Date>`clock_timestamp()` };
        await tx
          .insertInto('secret_key_check')
          .values({ key_id: added.keyId, ...row })
          .onConflict((conflict) => conflict.column('key_id').doUpdateSet(row))
          .execute();
      }),
  };
}
