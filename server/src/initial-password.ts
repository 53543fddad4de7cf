import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from './config/index.ts';
import { ADMIN_USERNAME, type UserRepository } from './identity/index.ts';
import { remember } from './lib/index.ts';

export const INITIAL_PASSWORD_FILE = 'admin-password';

const LOOK_EVERY_MS = 10_000;

/** The file with the administrator's password, as the registry generated it at its first start. */
export interface InitialPassword {
  /** Its name below the data directory while one can log in by it; seconds old at most. */
  findFile(): Promise<string | undefined>;
  /** Deletes it: another password is in force. */
  discard(): Promise<void>;
}

export function createInitialPassword(
  config: Pick<Config, 'dataDir'>,
  users: Pick<UserRepository, 'findByName'>,
): InitialPassword {
  const file = initialPasswordFile(config);

  async function look(): Promise<string | undefined> {
    if (!existsSync(file)) return undefined;
    const admin = await users.findByName(ADMIN_USERNAME);
    return admin?.mustChangePassword === true ? INITIAL_PASSWORD_FILE : undefined;
  }

  let findFile = remember(look, LOOK_EVERY_MS);
  return {
    findFile: () => findFile(),
    async discard() {
      await rm(file, { force: true });
      findFile = remember(look, LOOK_EVERY_MS);
    },
  };
}

export function initialPasswordFile({ dataDir }: Pick<Config, 'dataDir'>): string {
  return join(dataDir, INITIAL_PASSWORD_FILE);
}
