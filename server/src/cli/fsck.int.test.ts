import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { digestEncoded } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestProject, openContent, pushBlob } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { createFilesystemBlobStore } from '../blobstore/index.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

let database: TestDatabase;
let directory = '';
beforeEach(async () => {
  database = await createTestDatabase();
  directory = await mkdtemp(join(tmpdir(), 'berth-fsck-cli-'));
});
afterEach(async () => {
  await database.drop();
  await rm(directory, { recursive: true });
});

/** Runs the program as a script does. */
async function fsck(...argv: readonly string[]) {
  const { PATH = '' } = process.env;
  const environment = { PATH, BERTH_DATABASE_URL: database.url, BERTH_DATA_DIR: directory };
  const child = spawn(process.execPath, [MAIN, 'fsck', ...argv], { env: environment });
  child.stdin.end();
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve).once('error', reject);
  });
  const [code, output, errors] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { code, output, errors };
}

const parseLines = (output: string) =>
  output
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

/** A registry with one blob; gives its digest and where it is. */
async function pushOne() {
  const store = await createFilesystemBlobStore({ root: join(directory, 'registry') });
  const content = openContent(database, store);
  const projectId = await createTestProject(content, 'team');
  const target = { repository: 'team/app', projectId };
  const { digest } = await pushBlob(content, target, randomBytes(100));
  await content.close();
  const hex = digestEncoded(digest);
  const place = ['registry/docker/registry/v2/blobs/sha256', hex.slice(0, 2), hex, 'data'];
  return { digest, path: join(directory, ...place) };
}

describe('berth fsck', () => {
  it('exits with 0 when all is sound, and tells it in one line', async () => {
    await pushOne();
    const [plain, json] = await Promise.all([fsck(), fsck('--json')]);
    expect(plain).toMatchObject({ code: 0, errors: '' });
    expect(plain.output).toMatch(/^checked 1 blobs and 0 manifests: 0 missing, .*\n$/);
    expect(json).toMatchObject({ code: 0, errors: '' });
    expect(parseLines(json.output)).toEqual([
      expect.objectContaining({ kind: 'summary', sound: true, blobs: 1, bytes: 100 }),
    ]);
  });

  it('exits with 1 when something is damaged, and tells scripts what', async () => {
    const { digest, path } = await pushOne();
    await truncate(path, 10);
    const { code, output, errors } = await fsck('--json');
    expect({ code, errors }).toEqual({ code: 1, errors: '' });
    expect(parseLines(output)).toEqual([
      { kind: 'damaged', digest, users: [], reason: 'it has 10 bytes instead of 100' },
      expect.objectContaining({ kind: 'summary', sound: false, repaired: 0 }),
    ]);
  });

  it('exits with 2 for a wrong call', async () => {
    expect((await fsck('--jsno')).code).toBe(2);
  });

  it('tells its exit codes', async () => {
    expect((await fsck('--help')).output).toContain('Exit codes: 0');
  });
});
