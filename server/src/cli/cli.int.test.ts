import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../test/database.ts';
import { ADMIN_PASSWORD, basicHeader, startTestRegistry } from '../../test/registry.ts';

const MAIN = join(import.meta.dirname, '..', 'main.ts');

/** Runs the program as an operator does. */
async function run(
  argv: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  input = '',
) {
  const { PATH = '' } = process.env;
  const child = spawn(process.execPath, [MAIN, ...argv], { env: { PATH, ...environment } });
  child.stdin.end(input);
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve).once('error', reject);
  });
  const [code, output, errors] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
  return { code, output, errors };
}

describe('berth', () => {
  it('--help tells commands and settings', async () => {
    const { code, output } = await run(['--help']);
    expect(code).toBe(0);
    for (const word of ['serve', 'migrate', 'fsck', 'admin', 'BERTH_HTTP_PORT', 'http.port']) {
      expect(output).toContain(word);
    }
  });

  it.each([
    [['--wrong']],
    [['serve', '--wrong']],
    [['no-such-command']],
    [['dev', 'seed', '--tags', 'many']],
    [['dev', 'seed', '--artifacts', '0']],
  ])('%j is a wrong call', async (argv) => {
    const { code, errors } = await run(argv);
    expect(code).toBe(2);
    expect(errors).toContain('berth --help');
  });

  it('names all faults of the configuration and no stack', async () => {
    const { code, errors } = await run(['serve'], {
      BERTH_HTTP_PORT: 'x',
      BERTH_STORAGE: 'paper',
      BERTH_ADMIN_PASSWORD: 'sesame',
    });
    expect(code).toBe(2);
    for (const name of ['BERTH_HTTP_PORT', 'BERTH_STORAGE', 'BERTH_ADMIN_PASSWORD']) {
      expect(errors).toContain(name);
    }
    expect(errors).not.toMatch(/sesame|\n\s+at /);
  });

  it('admin reset-password works beside a running registry', async () => {
    const database = await createTestDatabase();
    const registry = await startTestRegistry({ databaseUrl: database.url });
    const environment = {
      BERTH_DATABASE_URL: database.url,
      BERTH_DATA_DIR: registry.config.dataDir,
    };
    const login = async (password: string) => {
      const headers = { authorization: basicHeader('admin', password) };
      return (await fetch(`${registry.url}/v2/`, { headers })).status;
    };
    const isAsked = async (password: string) => {
      const headers = { authorization: basicHeader('admin', password) };
      const answer = await fetch(`${registry.url}/api/v2.0/users/current`, { headers });
      return (await answer.text()).includes('password_change_required');
    };
    const generated = await run(['admin', 'reset-password'], environment);
    expect(generated).toMatchObject({ code: 0, errors: '' });
    const [, password = ''] = /^new password of admin: (\S+)$/m.exec(generated.output) ?? [];
    expect(await login(password)).toBe(200);
    expect(await login(ADMIN_PASSWORD)).toBe(401);
    expect(await isAsked(password)).toBe(true);

    const argv = ['admin', 'reset-password', '--password-stdin'];
    expect(await run(argv, environment, 'Given password 1\n')).toMatchObject({
      code: 0,
      output: 'password changed\n',
    });
    expect(await login('Given password 1')).toBe(200);
    expect(await isAsked('Given password 1')).toBe(false);
    const short = await run(argv, environment, 'short\n');
    expect(short.code).toBe(1);
    expect(short.errors).toMatch(/^berth: .*8-128, inclusively, .*\n$/);
    await registry.stop();
    await database.drop();
  });

  it('dev seed fills a registry that is running', async () => {
    const database = await createTestDatabase();
    const registry = await startTestRegistry({ databaseUrl: database.url });
    const environment = {
      BERTH_DATABASE_URL: database.url,
      BERTH_DATA_DIR: registry.config.dataDir,
    };
    const argv = ['dev', 'seed', '--artifacts', '20', '--repositories', '2', '--project', 'demo'];
    const seeded = await run(argv, environment);
    expect(seeded).toMatchObject({ code: 0, errors: '' });
    expect(seeded.output).toMatch(/^20 artifacts with 5 tags each in 2 repositories of demo, in /);
    const headers = { authorization: basicHeader() };
    const url = `${registry.url}/v2/demo/app-0001/tags/list`;
    expect(await (await fetch(url, { headers })).json()).toMatchObject({
      tags: expect.arrayContaining(['1.0.0', 'build-9-4']),
    });
    expect(await run(argv, environment)).toMatchObject({
      code: 1,
      errors: 'berth: the project demo exists; --append adds to it\n',
    });
    await registry.stop();
    await database.drop();
  });

  it('fsck --repair asks for stopped replicas, migrate --check tells that all is done', async () => {
    const database = await createTestDatabase();
    const environment = { BERTH_DATABASE_URL: database.url, BERTH_STORAGE: 'memory' };
    const [repair, check] = await Promise.all([
      run(['fsck', '--repair'], environment),
      run(['migrate', '--check'], environment),
    ]);
    expect(repair.code).toBe(1);
    expect(repair.errors).toContain('--offline');
    expect(check).toMatchObject({ code: 0, errors: '' });
    expect(check.output).toContain('up to date');
    await database.drop();
  });
});
