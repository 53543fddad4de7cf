import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { digestOf } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  basicHeader,
  startTestRegistry,
  TEST_SECRET_KEY,
  type TestRegistry,
} from '../../test/registry.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');
const OTHER_KEY = '3c'.repeat(16) + '81'.repeat(16);

let root: string;
let source: TestDatabase;
let target: TestDatabase;
let registry: TestRegistry;
let backups: string;
let dataDir: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'berth-cli-backup-'));
  [backups, dataDir] = [join(root, 'backups'), join(root, 'restored')];
  source = await createTestDatabase();
  target = await createTestDatabase({ empty: true });
  registry = await startTestRegistry({
    databaseUrl: source.url,
    storage: 'filesystem',
    dataDir: join(root, 'data'),
  });
});
afterEach(async () => {
  await registry.stop();
  await source.drop();
  await target.drop();
  await rm(root, { recursive: true });
});

function start(argv: readonly string[], env: Readonly<Record<string, string>>) {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [MAIN, ...argv], { env: { PATH, ...env } });
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve).once('error', reject);
  });
  const done = Promise.all([exit, text(child.stdout), text(child.stderr)]).then(
    ([code, output, errors]) => ({ code, output, errors }),
  );
  return { child, done };
}

function backup(...argv: string[]) {
  const env = {
    BERTH_DATABASE_URL: source.url,
    BERTH_DATA_DIR: registry.config.dataDir,
    BERTH_SECRET_KEY: TEST_SECRET_KEY,
  };
  return start(['backup', ...argv], env).done;
}

function restore(env: Readonly<Record<string, string>> = {}) {
  return start(['restore', backups], {
    BERTH_DATABASE_URL: target.url,
    BERTH_DATA_DIR: dataDir,
    ...env,
  }).done;
}

async function pushBlob(bytes: Buffer): Promise<string> {
  const digest = digestOf(bytes);
  const url = `${registry.url}/v2/library/a/blobs/uploads/?digest=${digest}`;
  const headers = { authorization: basicHeader(), 'content-type': 'application/octet-stream' };
  const answer = await fetch(url, { method: 'POST', headers, body: bytes });
  expect(answer.status).toBe(201);
  return `/v2/library/a/blobs/${digest}`;
}

describe('berth backup and restore', { timeout: 60_000 }, () => {
  it('bring a registry back elsewhere, with its accounts, secrets and blobs', async () => {
    const large = await pushBlob(Buffer.alloc(100_000, 'x'));
    const small = await pushBlob(Buffer.from('small'));
    const made = await backup(backups);
    expect(made).toMatchObject({ code: 0, errors: '' });
    expect(made.output).toMatch(/^backup \S+: \d+ rows, 1 blobs \(97.7 KiB\); 1 copied/);
    expect((await backup('list', backups)).output).toMatch(/^\S+Z {2}\d+ rows, 1 blobs/);
    expect((await backup('verify', backups)).output).toMatch(/: sound\n$/);

    const restored = await restore({ BERTH_SECRET_KEY: TEST_SECRET_KEY });
    expect(restored).toMatchObject({ code: 0, errors: '' });
    expect(restored.output).toContain('start it with: berth serve');
    expect(await readdir(dataDir)).toEqual(['registry']);
    const other = await startTestRegistry({
      databaseUrl: target.url,
      storage: 'filesystem',
      dataDir,
    });
    for (const path of [large, small]) {
      const answer = await fetch(other.url + path, { headers: { authorization: basicHeader() } });
      expect(answer.status).toBe(200);
    }
    await other.stop();

    const again = await restore({ BERTH_SECRET_KEY: TEST_SECRET_KEY });
    expect(again).toMatchObject({ code: 1, errors: expect.stringContaining('is not empty') });
  });

  it('need the key, and say which', async () => {
    await backup(backups);
    const missing = await restore();
    expect(missing.code).toBe(1);
    expect(missing.errors).toMatch(
      /sealed with the key \w{16}, which is not in it: put its file at/,
    );
    const wrong = await restore({ BERTH_SECRET_KEY: OTHER_KEY });
    expect(wrong.code).toBe(1);
    expect(wrong.errors).toMatch(/sealed with the key \w{16}, and the key at hand is \w{16}/);
    await expect(readdir(dataDir)).rejects.toThrow('ENOENT');

    await mkdir(dataDir);
    await writeFile(join(dataDir, 'secret-key'), TEST_SECRET_KEY, { mode: 0o600 });
    expect(await restore()).toMatchObject({ code: 0, errors: '' });
    expect((await readdir(dataDir)).toSorted()).toEqual(['registry', 'secret-key']);
  });

  it('take the key along only if told to', async () => {
    await backup(backups, '--with-secret-key');
    expect(await restore()).toMatchObject({ code: 0, errors: '' });
    expect((await stat(join(dataDir, 'secret-key'))).mode & 0o777).toBe(0o600);
    const other = await startTestRegistry({
      databaseUrl: target.url,
      dataDir,
      settings: { secretKey: undefined },
    });
    await other.stop();
  });

  it('leave nothing half done when they fail or are stopped', async () => {
    const path = await pushBlob(Buffer.alloc(100_000, 'x'));
    await backup(backups);
    const digest = path.split(':')[1] ?? '';
    const pool = join(backups, 'blobs', 'docker', 'registry', 'v2', 'blobs', 'sha256');
    await writeFile(join(pool, digest.slice(0, 2), digest, 'data'), Buffer.alloc(100_000, 'y'));
    const failed = await restore({ BERTH_SECRET_KEY: TEST_SECRET_KEY });
    expect(failed).toMatchObject({
      code: 1,
      errors: expect.stringContaining('berth backup verify'),
    });
    expect(await readdir(dataDir)).toEqual([]);
    expect(await backup('verify', backups)).toMatchObject({ code: 1 });

    await writeFile(join(dataDir, 'restore-unfinished'), '');
    const cut = await restore({ BERTH_SECRET_KEY: TEST_SECRET_KEY });
    expect(cut.errors).toContain('empty the directory and restore again');
    const served = start(['serve'], { BERTH_DATABASE_URL: target.url, BERTH_DATA_DIR: dataDir });
    expect(await served.done).toMatchObject({
      code: 1,
      errors: expect.stringContaining('did not come to its end'),
    });
  });
});
