import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from './config.errors.ts';
import { type Config, parseConfig } from './config.ts';
import { readSettings, settings } from './settings.ts';

let directory = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-config-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

function load(environment: Record<string, string>, yaml?: string): Config {
  if (yaml === undefined) return parseConfig(readSettings(environment, undefined));
  const file = join(directory, 'berth.yaml');
  writeFileSync(file, yaml);
  return parseConfig(readSettings(environment, file));
}

/** What the operator is told. */
function faultsOf(environment: Record<string, string>, yaml?: string): string {
  try {
    load(environment, yaml);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return '';
}

function valueAt(config: Config, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined,
      config,
    );
}

const samples: readonly [path: string, text: string, value: unknown][] = [
  ['dataDir', '/srv/berth', '/srv/berth'],
  ['http.host', '0.0.0.0', '0.0.0.0'],
  ['http.port', '5000', 5000],
  ['http.externalUrl', 'https://registry.example.com', 'https://registry.example.com'],
  ['http.stallSeconds', '5', 5],
  ['http.drainSeconds', '0', 0],
  ['adminPassword', 'correct horse', 'correct horse'],
  ['databaseUrl', 'postgres://u:p@db.example.com/x', 'postgres://u:p@db.example.com/x'],
  ['databasePoolSize', '7', 7],
  ['storage', 'memory', 'memory'],
  ['storageRoot', '/srv/blobs', '/srv/blobs'],
  ['logLevel', 'debug', 'debug'],
  ['token.seconds', '60', 60],
  ['token.service', 'my-registry', 'my-registry'],
  ['token.issuer', 'my-issuer', 'my-issuer'],
  ['uploadExpirySeconds', '3600', 3600],
  ['gc.intervalSeconds', '0', 0],
  ['gc.leaseSeconds', '1', 1],
  ['gc.uploadSeconds', '1', 1],
  ['gc.trashSeconds', '0', 0],
  ['secretKey', 'ab'.repeat(32), 'ab'.repeat(32)],
  ['retiredSecretKeys', 'cd'.repeat(32), ['cd'.repeat(32)]],
  ['trustedProxies', '10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
  ['egressNetworks', '10.1.0.0/16', ['10.1.0.0/16']],
  ['configOverwriteJson', '{"read_only":true}', '{"read_only":true}'],
  ['caFile', '/etc/ca.crt', '/etc/ca.crt'],
  ['tkeConfig', '/etc/tke-registry-config.yaml', '/etc/tke-registry-config.yaml'],
  ['gdpr.deleteUser', 'true', true],
  ['gdpr.auditLogs', 'false', false],
  ['scrub.bytesPerSecond', '1000', 1000],
];

describe('settings', () => {
  it('are all covered by the table of this test', () => {
    expect(samples.map(([path]) => path).toSorted()).toEqual([...settings.keys()].toSorted());
  });

  it.each(samples)('%s can be given by its environment variable', (path, text, value) => {
    expect(valueAt(load({ [settings.get(path) ?? '']: text }), path)).toEqual(value);
  });

  it.each(samples)('%s can be given in the YAML file', (path, text, value) => {
    const [head = '', tail] = path.split('.');
    const quoted = text.startsWith('{') ? `'${text}'` : text;
    const yaml = tail === undefined ? `${head}: ${quoted}` : `${head}:\n  ${tail}: ${text}`;
    expect(valueAt(load({}, yaml), path)).toEqual(value);
  });

  it.each(samples)('%s has a default, or is optional', (path) => {
    const config = load({});
    const optional = [
      'http.externalUrl',
      'adminPassword',
      'databaseUrl',
      'secretKey',
      'storageRoot',
      'configOverwriteJson',
      'caFile',
      'tkeConfig',
      'token.seconds',
    ];
    expect(valueAt(config, path) === undefined).toBe(optional.includes(path));
  });

  it('listen on loopback only unless told', () => {
    expect(load({}).http.host).toBe('127.0.0.1');
  });

  it('make the data directory absolute', () => {
    expect(load({ BERTH_DATA_DIR: 'some/where' }).dataDir).toBe(resolve('some/where'));
  });

  it('of the environment win over the file, and leave its neighbours', () => {
    const yaml = 'http:\n  port: 1000\n  host: 127.0.0.2\nlogLevel: warn\n';
    const config = load({ BERTH_HTTP_PORT: '2000' }, yaml);
    expect(config).toMatchObject({ http: { port: 2000, host: '127.0.0.2' }, logLevel: 'warn' });
  });

  it('that are empty in the environment count as absent', () => {
    expect(load({ BERTH_LOG_LEVEL: '' }, 'logLevel: warn').logLevel).toBe('warn');
  });

  it('leave foreign variables alone', () => {
    expect(() => load({ PATH: '/bin', BERT_PORT: '1' })).not.toThrow();
  });

  it('may be none, in an empty file', () => {
    expect(load({}, '').http.port).toBe(8080);
    expect(load({}, '# nothing yet\n').http.port).toBe(8080);
  });
});

describe('faults', () => {
  it.each([
    ['BERTH_HTTP_PORT', 'x'],
    ['BERTH_HTTP_PORT', '-1'],
    ['BERTH_HTTP_PORT', '65536'],
    ['BERTH_HTTP_PORT', '80.5'],
    ['BERTH_HTTP_STALL_SECONDS', '0'],
    ['BERTH_HTTP_DRAIN_SECONDS', '-1'],
    ['BERTH_EXTERNAL_URL', 'registry.example.com'],
    ['BERTH_EXTERNAL_URL', 'ftp://registry.example.com'],
    ['BERTH_EXTERNAL_URL', 'https://registry.example.com/v2'],
    ['BERTH_EXTERNAL_URL', 'https://registry.example.com/api/berth'],
    ['BERTH_EXTERNAL_URL', 'https://registry.example.com//berth'],
    ['BERTH_EXTERNAL_URL', 'https://registry.example.com/%22'],
    ['BERTH_EXTERNAL_URL', 'https://registry.example.com/?a'],
    ['BERTH_EXTERNAL_URL', 'https://user@registry.example.com'],
    ['BERTH_ADMIN_PASSWORD', '1234567'],
    ['BERTH_ADMIN_PASSWORD', 'x'.repeat(129)],
    // 128 characters would do, but the limit of a password is one of bytes.
    ['BERTH_ADMIN_PASSWORD', 'é'.repeat(100)],
    ['BERTH_DATABASE_URL', 'mysql://db'],
    ['BERTH_DATABASE_POOL_SIZE', '1'],
    ['BERTH_DATABASE_POOL_SIZE', '201'],
    ['BERTH_STORAGE', 's4'],
    ['BERTH_LOG_LEVEL', 'loud'],
    ['BERTH_TOKEN_SECONDS', '59'],
    ['BERTH_TOKEN_SERVICE', 'x'.repeat(256)],
    ['BERTH_UPLOAD_EXPIRY_SECONDS', '59'],
    ['BERTH_SCRUB_BYTES_PER_SECOND', '-1'],
    ['BERTH_GC_INTERVAL_SECONDS', '-1'],
    ['BERTH_GC_LEASE_SECONDS', '0'],
    ['BERTH_GC_UPLOAD_SECONDS', '0'],
    ['BERTH_GC_TRASH_SECONDS', 'x'],
  ])('%s=%s is told under its name', (name, value) => {
    const told = faultsOf({ [name]: value });
    expect(told).toContain(`${name}: `);
  });

  it('never repeat a secret', () => {
    const told = faultsOf({
      BERTH_ADMIN_PASSWORD: 'sesame',
      BERTH_DATABASE_URL: 'mysql://u:hush@db',
    });
    expect(told).toContain('BERTH_ADMIN_PASSWORD');
    expect(told).not.toMatch(/sesame|hush/);
  });

  it('are told all at once', () => {
    const told = faultsOf(
      { BERTH_HTTP_PORT: 'x', BERTH_STORAGE: 'y', BERTH_TOKEN_SECONDS: '1' },
      'logLevel: loud\nhttp:\n  hots: 127.0.0.1\nsurprise: 1\n',
    );
    for (const name of [
      'BERTH_HTTP_PORT',
      'BERTH_STORAGE',
      'BERTH_TOKEN_SECONDS',
      'BERTH_LOG_LEVEL',
      'http.hots: there is no such setting',
      'surprise: there is no such setting',
    ]) {
      expect(told).toContain(name);
    }
  });

  it('include every unknown BERTH_ variable', () => {
    const told = faultsOf({ BERTH_PORT: '1', BERTH_HTTP_PROT: '2', BERTH_HTTP_PORT: '3' });
    expect(told).toContain('BERTH_PORT: there is no such setting');
    expect(told).toContain('BERTH_HTTP_PROT: there is no such setting');
    expect(told).not.toContain('BERTH_HTTP_PORT:');
  });

  it.each([
    ['http:\n  port:\n', 'an empty port'],
    ['http:\n  port: true\n', 'a boolean port'],
    ['http:\n  port: [80]\n', 'a list as port'],
    ['http:\n  drainSeconds: false\n', 'a boolean duration'],
    ['http: [1]\n', 'a list of nothing'],
    ['http: 8080\n', 'a number for a section'],
    ['token: x\n', 'a text for a section'],
    ['- 1\n', 'a list'],
    ['just text\n', 'a text'],
    ['http:\n  port: 1\n  port: 2\n', 'a key given twice'],
    ['http: {\n', 'a broken file'],
    ['logLevel: *nowhere\n', 'an alias of nothing'],
    [`a: &a x\nb: [${Array.from({ length: 50 }, () => '*a').join(', ')}]\n`, 'too many aliases'],
  ])('include %j in the file (%s)', (yaml) => {
    expect(faultsOf({}, yaml)).not.toBe('');
  });

  it('include a file that is not there', () => {
    expect(() => readSettings({}, join(directory, 'absent.yaml'))).toThrow(ConfigError);
  });
});
