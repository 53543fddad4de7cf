import type { SecretBox } from './secret-box.ts';
import { SecretBoxError, SecretKeyError } from './secrets.errors.ts';
import type { KeyProof, SecretsRepository } from './secrets.repository.ts';

const CANARY = 'berth';
const contextOf = (keyId: string) => `secret_key_check:${keyId}:proof`;

/**
 * Makes sure, before anything is opened or sealed, that the box has the key which sealed last.
 * The first start leaves a proof of its key, a rotation one of the new key. Gives the ids of
 * older keys that the box does not have: what they sealed is lost unless it was sealed anew.
 *
 * @param file path of the key file, for the operator
 * @throws SecretKeyError
 */
export async function ensureSecretKey(
  repository: SecretsRepository,
  box: SecretBox,
  file: string,
): Promise<readonly string[]> {
  let missing: string[] = [];
  await repository.updateProofs((proofs) => {
    const [live] = proofs;
    missing = proofs.filter((proof) => !canOpen(box, proof)).map(({ keyId }) => keyId);
    if (live !== undefined && missing.includes(live.keyId)) {
      throw new SecretKeyError(
        `the secrets in the database are sealed with the key ${live.keyId}, and the key at hand is ${box.keyId}: ` +
          `restore the file ${file} or set BERTH_SECRET_KEY to the former key; ` +
          `if the key was changed on purpose, put the former one into BERTH_RETIRED_SECRET_KEYS`,
      );
    }
    if (live?.keyId === box.keyId) return undefined;
    return { keyId: box.keyId, proof: box.seal(CANARY, contextOf(box.keyId)) };
  });
  return missing;
}

/** @throws SecretKeyError when we have the key and the proof is not what it sealed */
function canOpen(box: SecretBox, { keyId, proof }: KeyProof): boolean {
  try {
    if (box.open(proof, contextOf(keyId)) === CANARY) return true;
  } catch (error) {
    if (!(error instanceof SecretBoxError)) throw error;
    if (error.reason === 'unknown-key') return false;
  }
  throw new SecretKeyError(
    `the proof of the key ${keyId} in the table secret_key_check is damaged: restore the database from a backup`,
  );
}
