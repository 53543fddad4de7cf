import { text } from 'node:stream/consumers';
import { resetAdminPassword } from '../admin-account.ts';
import type { Config } from '../config/index.ts';
import {
  createExternalAccountRepository,
  createIdentityService,
  createSigningKeyRepository,
  createSigningKeys,
  createUserRepository,
  type SigningKeys,
} from '../identity/index.ts';
import { joinConfiguredDatabase, type OpenDatabase } from '../open-database.ts';
import { openSecrets } from '../open-secrets.ts';
import { createLogger } from '../telemetry/index.ts';

/** `berth admin reset-password`; works beside a running registry, within half a minute. */
export async function resetPassword(config: Config, fromStdin: boolean): Promise<number> {
  const given = fromStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : undefined;
  await using database = await openQuietly(config);
  const identity = createIdentityService(
    createUserRepository(database.db),
    createExternalAccountRepository(database.db),
  );
  const password = await resetAdminPassword(config, identity, given);
  console.log(given === undefined ? `new password of admin: ${password}` : 'password changed');
  return 0;
}

/** `berth admin rotate-token-key`. */
export async function rotateTokenKey(config: Config): Promise<number> {
  await using database = await openQuietly(config);
  const key = await (await signingKeys(config, database)).rotate();
  console.log(`tokens are signed with key ${key.kid} from now on`);
  return 0;
}

/** `berth admin token-certificates`. */
export async function printCertificates(config: Config): Promise<number> {
  await using database = await openQuietly(config);
  const keys = await signingKeys(config, database);
  await keys.load();
  process.stdout.write(keys.certificates().join(''));
  return 0;
}

function openQuietly(config: Config): Promise<OpenDatabase> {
  return joinConfiguredDatabase(config, createLogger('warn'));
}

async function signingKeys(config: Config, { db }: OpenDatabase): Promise<SigningKeys> {
  const secrets = await openSecrets(config, db, createLogger('warn'));
  return createSigningKeys(createSigningKeyRepository(db), config.token.issuer, secrets);
}
