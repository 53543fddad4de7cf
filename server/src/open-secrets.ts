import { join } from 'node:path';
import type { Config } from './config/index.ts';
import type { Database } from './db/index.ts';
import {
  createSealedColumnRepository,
  createSecretBox,
  createSecretsRepository,
  ensureSecretKey,
  loadSecretKey,
  parseSecretKey,
  reseal,
  type SecretBox,
} from './secrets/index.ts';
import type { Log } from './telemetry/index.ts';

/**
 * The box that seals secrets in the database, with the configured key or that of the data
 * directory. A key that does not open what is there ends the start: going on with it would make
 * every stored secret unusable.
 *
 * @throws SecretKeyError
 */
export async function openSecrets(config: Config, db: Database, log: Log): Promise<SecretBox> {
  const file = join(config.dataDir, 'secret-key');
  const key = await loadSecretKey({ configured: config.secretKey, file });
  const retired = config.retiredSecretKeys.map((text) =>
    parseSecretKey(text, 'BERTH_RETIRED_SECRET_KEYS'),
  );
  const box = createSecretBox({ key, retired });
  const missing = await ensureSecretKey(createSecretsRepository(db), box, file);
  if (missing.length > 0) {
    log.warn({ keys: missing }, 'secrets sealed with these former keys can no longer be opened');
  }
  return box;
}

/** Seals with the current key what a retired one sealed. */
export async function resealSecrets(
  db: Database,
  box: SecretBox,
  log: Log,
  signal: AbortSignal,
): Promise<void> {
  await reseal(createSealedColumnRepository(db), box, log, signal);
}
