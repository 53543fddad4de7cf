import { existsSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import type { Services } from './compose.ts';
import type { Config } from './config/index.ts';
import { ADMIN_USERNAME } from './identity/index.ts';
import { initialPasswordFile } from './initial-password.ts';
import { generatePassword } from './lib/index.ts';

/**
 * Makes sure that there are an administrator and the project `library`. Without a configured
 * password one is generated and written to a file that only the owner can read, before the
 * account exists: a crash between the two must not leave an account nobody can enter.
 *
 * @returns the file, while the generated password is in force
 */
export async function ensureAdminAccount(
  config: Config,
  { identity, projects }: Pick<Services, 'identity' | 'projects'>,
): Promise<string | undefined> {
  const file = initialPasswordFile(config);
  let admin = await identity.findByName(ADMIN_USERNAME);
  if (admin === undefined) {
    const password = config.adminPassword ?? generatePassword();
    const isGenerated = config.adminPassword === undefined;
    if (isGenerated) await writeSecret(file, `${password}\n`);
    const ensured = await identity.ensureAdmin(password, isGenerated);
    // Another replica was faster: the password in the file is not that of the account.
    if (!ensured.created) await rm(file, { force: true });
    admin = ensured.user;
  }
  await projects.ensureLibrary(admin.id);
  const isInForce = (await identity.find(admin.id))?.mustChangePassword === true;
  return isInForce && existsSync(file) ? file : undefined;
}

/** Sets a new password, generated unless given, and returns it. Ends all sessions and tokens. */
export async function resetAdminPassword(
  config: Config,
  identity: Services['identity'],
  given?: string,
): Promise<string> {
  const password = given ?? generatePassword();
  await identity.resetPassword(ADMIN_USERNAME, password, given === undefined);
  // What it holds is of no use any more.
  await rm(initialPasswordFile(config), { force: true });
  return password;
}

async function writeSecret(file: string, text: string): Promise<void> {
  await rm(file, { force: true });
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}
