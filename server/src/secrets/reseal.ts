import type { Log } from '../telemetry/index.ts';
import {
  type SealedColumn,
  type SealedColumnRepository,
  sealedColumns,
} from './sealed-column.repository.ts';
import type { SecretBox } from './secret-box.ts';
import { SecretBoxError } from './secrets.errors.ts';

const BATCH = 200;

/**
 * Seals with the current key what a retired one sealed, so that the retired one is not needed for
 * ever. What cannot be opened is logged and left.
 *
 * @returns how many texts were sealed anew
 */
export async function reseal(
  repository: SealedColumnRepository,
  box: SecretBox,
  log: Log,
  signal?: AbortSignal,
): Promise<number> {
  let count = 0;
  for (const column of sealedColumns)
    count += await resealColumn(column, { repository, box, log, signal });
  if (count > 0) log.info({ count, key: box.keyId }, 'secrets were sealed with the new key');
  return count;
}

interface Ports {
  readonly repository: SealedColumnRepository;
  readonly box: SecretBox;
  readonly log: Log;
  readonly signal: AbortSignal | undefined;
}

async function resealColumn(column: SealedColumn, ports: Ports): Promise<number> {
  const { repository, box, log, signal } = ports;
  let count = 0;
  let after = '';
  for (;;) {
    if (signal?.aborted === true) return count;
    const texts = await repository.list(column, box.keyId, after, BATCH);
    for (const { key, sealed } of texts) {
      const plaintext = open(box, sealed, column.contextOf(key));
      if (plaintext === undefined) {
        log.warn({ table: column.table, key }, 'a secret cannot be opened with the keys at hand');
        continue;
      }
      await repository.replace(column, key, sealed, box.seal(plaintext, column.contextOf(key)));
      count += 1;
    }
    if (texts.length < BATCH) return count;
    after = texts.at(-1)?.key ?? '';
  }
}

function open(box: SecretBox, sealed: string, context: string): string | undefined {
  try {
    return box.open(sealed, context);
  } catch (error) {
    if (error instanceof SecretBoxError) return undefined;
    throw error;
  }
}
