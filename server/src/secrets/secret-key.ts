import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, link, mkdir, open, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { KEY_BYTES } from './secret-box.ts';
import { SecretKeyError } from './secrets.errors.ts';

const HEX = /^[0-9a-fA-F]{64}$/;
const BASE64 = /^[A-Za-z0-9+/_-]{43}=?$/;
const MAX_FILE_BYTES = 1024;

/**
 * A key of 32 bytes written in base64, base64url or hexadecimal.
 *
 * @param source names the text in the error
 * @throws SecretKeyError
 */
export function parseSecretKey(text: string, source: string): Buffer {
  const bare = text.trim();
  const isKnown = HEX.test(bare) || BASE64.test(bare);
  const key = Buffer.from(isKnown ? bare : '', HEX.test(bare) ? 'hex' : 'base64');
  if (key.length !== KEY_BYTES || key.every((byte) => byte === key[0])) {
    throw new SecretKeyError(
      `${source} must hold 32 random bytes in base64 or hexadecimal, such as openssl rand -base64 32 prints`,
    );
  }
  return key;
}

/**
 * The key that seals stored secrets: the configured one, else that of the file, which is created
 * when there is none. Processes that start at the same time get the same key.
 *
 * @throws SecretKeyError for a key that cannot be used or a file that others may read
 */
export async function loadSecretKey(options: {
  /** Value of BERTH_SECRET_KEY. */
  readonly configured?: string | undefined;
  readonly file: string;
}): Promise<Buffer> {
  const { configured, file } = options;
  if (configured !== undefined) return parseSecretKey(configured, 'BERTH_SECRET_KEY');
  const existing = await findKey(file);
  if (existing !== undefined) return existing;
  await createKey(file);
  const created = await findKey(file);
  if (created === undefined) throw new SecretKeyError(`${file} was removed while Berth started`);
  return created;
}

async function findKey(path: string): Promise<Buffer | undefined> {
  let file: FileHandle;
  try {
    // Opening a named pipe would wait for its writer.
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw new SecretKeyError(`${path} cannot be read`, { cause: error });
  }
  try {
    const stats = await file.stat();
    if (!stats.isFile() || stats.size > MAX_FILE_BYTES) {
      throw new SecretKeyError(`${path} is not a file with a key`);
    }
    if ((stats.mode & 0o077) !== 0) {
      throw new SecretKeyError(
        `${path} holds the key of all stored secrets and is open to other users: run chmod 600 on it`,
      );
    }
    return parseSecretKey(await file.readFile('utf8'), path);
  } finally {
    await file.close();
  }
}

/** Makes the file appear at once and complete; does nothing when another process was faster. */
async function createKey(path: string): Promise<void> {
  const draft = `${path}.${randomBytes(8).toString('hex')}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o750 });
    await writeDurably(draft, `${randomBytes(KEY_BYTES).toString('base64')}\n`);
    try {
      await link(draft, path);
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error;
    } finally {
      await unlink(draft);
    }
    await syncDirectory(dirname(path));
  } catch (error) {
    throw new SecretKeyError(
      `${path} cannot be created: make its directory writable, or set BERTH_SECRET_KEY`,
      { cause: error },
    );
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
