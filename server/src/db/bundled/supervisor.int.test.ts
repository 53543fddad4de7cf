import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Client } from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createRecordingLog, quietLog } from '../../../test/log.ts';
import { getBinaryPackage } from './binaries.ts';
import { type BundledOptions, type BundledPostgres, startBundledPostgres } from './supervisor.ts';

const HOLDER = join(import.meta.dirname, '..', '..', '..', 'test', 'bundled-holder.ts');
const isRoot = process.getuid?.() === 0;
const running: BundledPostgres[] = [];
let root = '';
/** One cluster for all tests, which run one after the other: initdb is the slow part. */
let directory = '';

beforeAll(async () => {
  // Mode 0700, so that under root every test here also covers a closed parent directory.
  root = await mkdtemp(join(tmpdir(), 'berth-supervisor-'));
  directory = join(root, 'postgres');
  const postgres = await start();
  await query(postgres, 'CREATE TABLE kept AS SELECT 42 AS answer');
  await postgres.stop();
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((postgres) => postgres.stop()));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function start(options: Partial<BundledOptions> = {}): Promise<BundledPostgres> {
  const postgres = await startBundledPostgres({
    directory,
    log: quietLog,
    settings: { fsync: 'off' },
    ...options,
  });
  running.push(postgres);
  return postgres;
}

async function query(postgres: BundledPostgres, text: string): Promise<unknown[]> {
  const client = new Client(postgres.connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

const KEPT = 'SELECT answer FROM kept';

async function startHolder(): Promise<{ holder: ChildProcess; pid: number }> {
  const holder = spawn(process.execPath, [HOLDER, directory], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (holder.stdout === null) throw new Error('the holder has no stdout');
  const [line] = await once(holder.stdout, 'data');
  return { holder, pid: Number(line) };
}

function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(
      execFileSync('cat', [`/proc/${pid}/status`], { stdio: 'pipe' }).toString(),
    );
  } catch {
    return false;
  }
}

describe('the bundled PostgreSQL', () => {
  it('keeps its data over a restart, and starts fast', async () => {
    const before = performance.now();
    const postgres = await start();
    // 30 ms on a quiet machine; the limit leaves room for a busy one and none for an initdb.
    expect(performance.now() - before).toBeLessThan(600);
    expect(await query(postgres, KEPT)).toEqual([{ answer: 42 }]);
  });

  it('writes durably and checks its pages unless told otherwise', async () => {
    const postgres = await start({ settings: {} });
    const rows = await query(
      postgres,
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
        current_setting('full_page_writes') AS pages, current_setting('data_checksums') AS checksums,
        current_setting('listen_addresses') AS tcp, pg_encoding_to_char(encoding) AS encoding
       FROM pg_database WHERE datname = current_database()`,
    );
    expect(rows).toEqual([
      { fsync: 'on', commit: 'on', pages: 'on', checksums: 'on', tcp: '', encoding: 'UTF8' },
    ]);
  });

  it('asks for the password that only its owner can read', async () => {
    const postgres = await start();
    const { mode } = await stat(join(directory, 'password'));
    expect(mode & 0o777).toBe(0o600);
    const intruder = new Client({ ...postgres.connection, password: 'wrong' });
    await expect(intruder.connect()).rejects.toThrow('password authentication failed');
  });

  it('makes a new password when the file was lost', async () => {
    await rm(join(directory, 'password'));
    const postgres = await start();
    expect(await query(postgres, KEPT)).toEqual([{ answer: 42 }]);
  });

  it('is restarted after a kill -9, and says so', async () => {
    const { log, entries } = createRecordingLog();
    const postgres = await start({ log });
    const first = postgres.pid();
    process.kill(first, 'SIGKILL');
    await expect
      .poll(() => query(postgres, KEPT).catch(() => []), { timeout: 10_000 })
      .toEqual([{ answer: 42 }]);
    expect(postgres.pid()).not.toBe(first);
    expect(entries).toContainEqual({
      level: 'error',
      fields: { reason: 'signal SIGKILL' },
      message: 'PostgreSQL exited by itself; restarting it',
    });
  });

  it('can be stopped while it waits to restart', async () => {
    const postgres = await start();
    process.kill(postgres.pid(), 'SIGKILL');
    await postgres.stop();
    expect(await postgres.exited).toEqual({ reason: 'stopped' });
  });

  it('refuses a second instance in this process and in another, and goes on', async () => {
    const postgres = await start();
    await expect(start()).rejects.toThrow(/Another Berth process is using the database/);
    const second = spawn(process.execPath, [HOLDER, directory], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    second.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const [code] = await once(second, 'close');
    expect(code).not.toBe(0);
    expect(said).toContain('Another Berth process is using the database');
    expect(await query(postgres, KEPT)).toEqual([{ answer: 42 }]);
  });

  it('takes over within two seconds from a Berth that was killed', async () => {
    const { holder, pid } = await startHolder();
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    expect(isRunning(pid)).toBe(true);
    const before = performance.now();
    const postgres = await start();
    expect(performance.now() - before).toBeLessThan(2_000);
    expect(isRunning(pid)).toBe(false);
    expect(await query(postgres, KEPT)).toEqual([{ answer: 42 }]);
  });

  it('starts after everything was killed', async () => {
    const { holder, pid } = await startHolder();
    holder.kill('SIGKILL');
    process.kill(pid, 'SIGKILL');
    await once(holder, 'exit');
    const postgres = await start();
    expect(await query(postgres, KEPT)).toEqual([{ answer: 42 }]);
  });

  it('is not deceived by a stale pid that now belongs to a stranger', async () => {
    const cluster = join(directory, 'cluster');
    const { uid, gid } = await stat(cluster);
    const stranger = spawn('sleep', ['60'], { uid, gid, stdio: 'ignore' });
    try {
      const lines = [stranger.pid, cluster, 1, 5432, directory, '', '  1  1', 'ready   '];
      await writeFile(join(cluster, 'postmaster.pid'), `${lines.join('\n')}\n`);
      const postgres = await start();
      expect(await query(postgres, KEPT)).toEqual([{ answer: 42 }]);
      expect(stranger.exitCode).toBeNull();
    } finally {
      stranger.kill();
    }
  });

  it('refuses a cluster of another major version with a sentence', async () => {
    const path = join(directory, 'cluster', 'PG_VERSION');
    const version = await readFile(path, 'utf8');
    await writeFile(path, '12\n');
    try {
      await expect(start()).rejects.toThrow(
        /made by PostgreSQL 12, and this Berth brings PostgreSQL/,
      );
    } finally {
      await writeFile(path, version);
    }
    await start();
  });

  it('begins anew after an initdb that was cut short', async () => {
    const fresh = join(root, 'cut-short');
    await mkdir(join(fresh, 'cluster.new', 'base'), { recursive: true });
    const postgres = await start({ directory: fresh });
    expect(await query(postgres, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('works below a path longer than a socket address, and removes its alias', async () => {
    const long = join(root, 'd'.repeat(120), 'postgres');
    await mkdir(dirname(long));
    execFileSync('cp', ['-a', directory, long]);
    const postgres = await start({ directory: long });
    expect(postgres.connection.host.length).toBeLessThan(90);
    expect(await query(postgres, KEPT)).toEqual([{ answer: 42 }]);
    await postgres.stop();
    await expect(stat(postgres.connection.host)).rejects.toThrow('ENOENT');
  });
});

describe.runIf(isRoot)('under root', () => {
  it('runs as an unprivileged user without capabilities', async () => {
    const postgres = await start();
    const status = await readFile(`/proc/${postgres.pid()}/status`, 'utf8');
    expect(status).toMatch(/^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
    expect(status).toMatch(/^CapPrm:\s+0+$/m);
    expect(status).toMatch(/^Groups:\s*$/m);
  });

  it('copies binaries that lie in a closed directory, once', async () => {
    const closed = join(root, 'closed');
    await mkdir(closed, { mode: 0o700 });
    const source = await getBinaryPackage();
    await cp(source.directory, join(closed, 'package'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    await chmod(root, 0o711);
    const caches = ['/proc/nowhere/cache', join(root, 'cache')];
    const binaries = { ...source, directory: join(closed, 'package') };
    const postgres = await start({ binaries, caches });
    expect(await query(postgres, KEPT)).toEqual([{ answer: 42 }]);
    await postgres.stop();
    const copy = join(root, 'cache', `postgresql-${source.version}`);
    const made = (await stat(copy)).ctimeMs;
    expect(await query(await start({ binaries, caches }), KEPT)).toEqual([{ answer: 42 }]);
    expect((await stat(copy)).ctimeMs).toBe(made);
  });
});

/** A checkout in a closed directory, such as root's home, is of no use to other users. */
const isOpen = isRoot && canOthersRun(process.execPath);
if (isRoot && !isOpen)
  process.stderr.write(
    `not tested under an ordinary user: ${process.execPath} is closed to others\n`,
  );

function canOthersRun(file: string): boolean {
  return spawnSync(file, ['--version'], { uid: 1, gid: 1, cwd: '/' }).status === 0;
}

describe.runIf(isOpen)('under an ordinary user', () => {
  it('starts, and refuses the cluster of another user with a sentence', async () => {
    await chmod(root, 0o711);
    const own = join(root, 'own');
    await mkdir(own);
    execFileSync('chown', ['1:1', own]);
    const script = `
      import { startBundledPostgres } from ${JSON.stringify(join(import.meta.dirname, 'supervisor.ts'))};
      const log = { debug() {}, info() {}, warn() {}, error() {} };
      const pg = await startBundledPostgres({ directory: ${JSON.stringify(own)}, log });
      await pg.stop();`;
    const run = () =>
      execFileSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
        uid: 1,
        gid: 1,
        cwd: '/',
        stdio: 'pipe',
      });
    run();
    execFileSync('chown', ['-R', '65534', join(own, 'cluster')]);
    expect(run).toThrow(/belongs to user 65534, but Berth runs as user 1/);
  });
});
