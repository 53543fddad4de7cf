import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigError } from '../../config/index.ts';
import { createCertificate } from '../../identity/certificate.ts';
import { type LoadedRegistryConfiguration, loadRegistryConfiguration } from './load.ts';
import { tenantOf } from './tenant.ts';

let directory = '';
let authority = '';
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'berth-tke-config-'));
  authority = createAuthority();
});
afterAll(() => rmSync(directory, { recursive: true }));

const HEAD = 'apiVersion: registry.config.tkestack.io/v1\nkind: RegistryConfiguration\n';
const HARBOR = `${HEAD}
defaultTenant: default
harborEnabled: true
harborUrl: https://harbor.example.com/
harborUsername: service
harborPassword: secret
`;

function loadText(
  yaml: string,
  environment: Record<string, string> = {},
): LoadedRegistryConfiguration {
  const file = join(directory, 'tke-registry-config.yaml');
  writeFileSync(file, yaml);
  return loadRegistryConfiguration(file, environment);
}

function faultsOf(yaml: string, environment?: Record<string, string>): readonly string[] {
  try {
    loadText(yaml, environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}

function createAuthority(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(join(directory, 'ca.crt'), createCertificate(privateKey, 'ca'));
  return 'ca.crt';
}

describe('a configuration of TKE', () => {
  it('needs no more than a tenant', () => {
    expect(loadText(`${HEAD}defaultTenant: default\n`)).toEqual({
      configuration: {
        defaultTenant: 'default',
        domainSuffix: '',
        enableAnonymous: false,
        tokenSeconds: 1800,
        isReadOnly: false,
        harbor: undefined,
        systemChartGroups: [],
      },
      isDeleteEnabled: true,
      storageRoot: undefined,
      warnings: [],
    });
  });

  it('as the installer of TKE writes it is taken, with a word on each field that does nothing', () => {
    const loaded = loadText(`${HEAD}
storage:
  fileSystem:
    rootDirectory: /storage
  etcd: {cafile: /a, certfile: /b, keyfile: /c, endpoints: ["https://etcd:2379"], prefix: /p}
  delete: {enabled: true}
security:
  tokenPrivateKeyFile: keys/private_key.pem
  tokenPublicKeyFile: keys/public.crt
  tokenExpiredHours: 720
  httpSecret: secret
  adminUsername: admin
  adminPassword: secret
redis: {addr: "redis:6379", db: 0}
defaultTenant: default
domainSuffix: registry.tke.com
harborEnabled: false
harborCAFile: ""
`);
    expect(loaded.configuration).toMatchObject({
      domainSuffix: 'registry.tke.com',
      tokenSeconds: 3600,
      harbor: undefined,
    });
    expect(loaded.storageRoot).toBe('/storage');
    expect(loaded.isDeleteEnabled).toBe(true);
    expect(loaded.warnings.map((warning) => warning.split(':')[0])).toEqual([
      'storage.etcd',
      'redis',
      'security.tokenPrivateKeyFile',
      'security.tokenPublicKeyFile',
      'security.httpSecret',
      'security.adminUsername',
      'security.tokenExpiredHours',
    ]);
    expect(loaded.warnings.join('\n')).not.toContain('secret\n');
  });

  it('scenario 17: tells all nine errors of the case of the reference at once', () => {
    const faults = faultsOf(`${HEAD}
storage: {fileSystem: {rootDirectory: ""}, s3: {bucket: "", region: ""}}
redis: {addr: ""}
security: {tokenPrivateKeyFile: "", tokenPublicKeyFile: "", adminUsername: "", adminPassword: ""}
defaultTenant: ""
`);
    expect(faults.toSorted()).toEqual([
      'defaultTenant: is required',
      'redis.addr: is required',
      'security.adminPassword: is required',
      'security.adminUsername: is required',
      'security.tokenPrivateKeyFile: is required',
      'security.tokenPublicKeyFile: is required',
      'storage.fileSystem.rootDirectory: is required',
      'storage.s3.bucket: is required',
      'storage.s3.region: is required',
    ]);
  });

  it('scenario 17: tells wrong fields together with what is missing for Harbor', () => {
    const faults = faultsOf(`${HEAD}
harborEnabled: true
harborUrl: https://user@harbor.example.com/path
storage: {s3: {region: r}, maintenance: {readonly: {enabled: 1}}}
security: {tokenExpiredHours: 0}
harborLogin: nobody
systemChartGroups: [ok, "Not Ok"]
`);
    expect(faults.map((fault) => fault.replace(/:.*/, '')).toSorted()).toEqual([
      'defaultTenant',
      'harborLogin',
      'harborPassword',
      'harborUrl',
      'harborUsername',
      'security.tokenExpiredHours',
      'storage.maintenance.readonly.enabled',
      'storage.s3.bucket',
      'systemChartGroups.1',
    ]);
  });

  it.each([
    ['', 'is empty'],
    ['[1]', 'must be a mapping'],
    ['a: [', 'must'],
    [`${HEAD}defaultTenant: a\ndefaultTenant: b\n`, 'unique'],
    ['a: &a [1]\nb: [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\n', 'alias'],
  ])('is refused as a whole when it is %j', (yaml, reason) => {
    expect(faultsOf(yaml).join('\n')).toContain(reason);
  });

  it('is refused when there is no such file, or it is of another kind', () => {
    expect(() => loadRegistryConfiguration(join(directory, 'absent.yaml'), {})).toThrow(
      ConfigError,
    );
    expect(faultsOf('apiVersion: v1\nkind: Pod\ndefaultTenant: default\n')).toEqual([
      'apiVersion: must be registry.config.tkestack.io/v1',
      'kind: must be RegistryConfiguration',
    ]);
  });

  it('may have fields that nobody knows, which are named', () => {
    const loaded = loadText(`${HEAD}
defaultTenant: default
colour: red
storage: {swift: {}, delete: {enabled: true, later: 1}}
security: null
`);
    expect(loaded.warnings).toEqual([
      'storage.delete.later: is not known and ignored',
      'storage.swift: is not known and ignored',
      'colour: is not known and ignored',
    ]);
    expect(loaded.isDeleteEnabled).toBe(true);
  });

  it.each(['x-image-y', 'Default', 'a.b', 'a--b'])('B33: refuses the tenant %s', (tenant) => {
    expect(faultsOf(`${HEAD}defaultTenant: ${tenant}\n`)).toHaveLength(1);
  });

  it('takes a suffix with or without a leading dot', () => {
    for (const suffix of ['.example.com', 'Example.com']) {
      const { configuration } = loadText(
        `${HEAD}defaultTenant: default\ndomainSuffix: ${suffix}\n`,
      );
      expect(tenantOf('t.example.com:80', configuration)).toBe('t');
    }
    expect(faultsOf(`${HEAD}defaultTenant: default\ndomainSuffix: https://a.b\n`)).toHaveLength(1);
  });

  it('honours maintenance, deletion, anonymity and the life of tokens', () => {
    const { configuration, isDeleteEnabled } = loadText(`${HEAD}
defaultTenant: default
storage: {inMemory: {}, maintenance: {readonly: {enabled: true}}}
security: {enableAnonymous: true, tokenExpiredHours: 1}
systemChartGroups: [public]
`);
    expect(configuration).toMatchObject({
      isReadOnly: true,
      enableAnonymous: true,
      tokenSeconds: 3600,
      systemChartGroups: ['public'],
    });
    expect(isDeleteEnabled).toBe(false);
  });
});

describe('an existing Harbor', () => {
  it('scenario 19: has an address, an account and an authority of its own', () => {
    const { configuration, warnings } = loadText(`${HARBOR}
harborCAFile: ${authority}
harborLogin: anonymous
harborAdoptProjects: true
harborCharts: oci
harborManifestCacheSeconds: 0
domainSuffix: registry.tke.com
`);
    expect(configuration.harbor).toMatchObject({
      url: 'https://harbor.example.com',
      username: 'service',
      password: 'secret',
      verifyTls: true,
      login: 'anonymous',
      adopt: true,
      charts: 'oci',
      manifestCacheSeconds: 0,
    });
    expect(configuration.harbor?.ca).toContain('BEGIN CERTIFICATE');
    expect(warnings).toEqual([]);
  });

  it('takes the place of the suffix and the administrator where it has no fields of its own', () => {
    const { configuration, warnings } = loadText(`${HEAD}
defaultTenant: default
domainSuffix: harbor.example.com
harborEnabled: true
security: {adminUsername: admin, adminPassword: legacy}
`);
    expect(configuration.harbor).toEqual({
      url: 'https://harbor.example.com',
      username: 'admin',
      password: 'legacy',
      ca: undefined,
      verifyTls: true,
      login: 'tke',
      adopt: false,
      charts: 'auto',
      manifestCacheSeconds: 1,
    });
    expect(warnings).toHaveLength(4);
    expect(warnings.join('\n')).not.toContain('legacy');
  });

  it.each([
    'http://harbor.example.com',
    'http://127.0.0.1:8080',
    'https://[::1]:8443/',
    'https://harbor.example.com:8443',
  ])('may be at %s', (url) => {
    const { configuration } = loadText(HARBOR.replace('https://harbor.example.com/', url));
    expect(configuration.harbor?.url).toBe(url.replace(/\/$/, ''));
  });

  it.each([
    'harbor.example.com',
    'ftp://harbor.example.com',
    'https://u:p@harbor.example.com',
    'https://harbor.example.com/api',
    'https://harbor.example.com/?',
    'https://',
  ])('cannot be at %s', (url) => {
    expect(faultsOf(HARBOR.replace('https://harbor.example.com/', `"${url}"`))).toHaveLength(1);
  });

  it('has its password in a file, or in the environment', () => {
    writeFileSync(join(directory, 'password'), 'from file\n');
    const withFile = HARBOR.replace('harborPassword: secret', 'harborPasswordFile: password');
    expect(loadText(withFile).configuration.harbor?.password).toBe('from file');
    const withEnv = HARBOR.replace('harborPassword: secret', 'harborPasswordEnv: HARBOR_PASSWORD');
    expect(loadText(withEnv, { HARBOR_PASSWORD: 'from env' }).configuration.harbor?.password).toBe(
      'from env',
    );
    expect(faultsOf(withEnv)).toEqual([
      'harborPasswordEnv: there is no environment variable HARBOR_PASSWORD',
    ]);
    expect(faultsOf(`${HARBOR}harborPasswordFile: absent\n`)).toEqual([
      'harborPassword: give only one of harborPassword, harborPasswordFile and harborPasswordEnv',
    ]);
    expect(faultsOf(withFile.replace('password\n', 'absent\n'))).toEqual([
      'harborPasswordFile: absent cannot be read (ENOENT)',
    ]);
  });

  it('scenario 19: refuses an authority that is none', () => {
    writeFileSync(join(directory, 'wrong.crt'), 'no certificate');
    expect(faultsOf(`${HARBOR}harborCAFile: wrong.crt\n`)).toEqual([
      'harborCAFile: must hold certificates in PEM',
    ]);
    expect(faultsOf(`${HARBOR}harborCAFile: absent.crt\n`)).toHaveLength(1);
  });

  it('leaves its certificate unverified only when that is asked for', () => {
    expect(loadText(HARBOR).configuration.harbor?.verifyTls).toBe(true);
    const { configuration, warnings } = loadText(`${HARBOR}harborInsecureSkipVerify: true\n`);
    expect(configuration.harbor?.verifyTls).toBe(false);
    expect(warnings.join()).toContain('harborInsecureSkipVerify');
  });
});
