import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCertificate } from '../../identity/certificate.ts';
import { loadRegistryConfiguration } from '../config/load.ts';
import { type ConfigTemplate, renderConfig, renderConfigObjects } from './config-template.ts';
import { configOf } from './manifests-template.ts';

let directory = '';

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-template-'));
});
afterEach(() => rm(directory, { recursive: true }));

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ca = createCertificate(privateKey, 'harbor');

/** Lays the objects out as a pod has them, and loads the file. */
async function load(template: ConfigTemplate) {
  const here = { ...template, credentialsDirectory: directory, certificatesDirectory: directory };
  for (const { data, stringData } of renderConfigObjects(here)) {
    const files = Object.entries({ ...Object(data), ...Object(stringData) });
    for (const [name, content] of files) await writeFile(join(directory, name), String(content));
  }
  return loadRegistryConfiguration(join(directory, 'tke-registry-config.yaml'), {});
}

const builtin: ConfigTemplate = {
  defaultTenant: 'default',
  domainSuffix: 'registry.tke.com',
  systemChartGroups: ['public'],
  isReadOnly: false,
  harbor: undefined,
  namespace: 'tke',
  credentialsDirectory: '',
  certificatesDirectory: '',
};

describe('a rendered tke-registry-config.yaml', () => {
  it('is read back as it was meant, for our own back end', async () => {
    const { configuration, warnings, isDeleteEnabled } = await load(builtin);
    expect(configuration).toMatchObject({
      defaultTenant: 'default',
      domainSuffix: 'registry.tke.com',
      systemChartGroups: ['public'],
      isReadOnly: false,
      harbor: undefined,
    });
    expect({ warnings, isDeleteEnabled }).toEqual({ warnings: [], isDeleteEnabled: true });
    const { configuration: frozen } = await load({ ...builtin, isReadOnly: true });
    expect(frozen.isReadOnly).toBe(true);
  });

  it.each(['tke', 'harbor', 'anonymous'] as const)(
    '32: is read back for an existing Harbor with login %s',
    async (login) => {
      const harbor = {
        url: 'https://harbor.example.com',
        username: 'admin',
        password: 'p: "a#ss\'word',
        ca,
        login,
        charts: 'oci',
        adopt: true,
      } as const;
      const { configuration, warnings } = await load({ ...builtin, harbor });
      expect(configuration.harbor).toEqual({
        ...harbor,
        verifyTls: true,
        manifestCacheSeconds: 1,
      });
      expect(warnings).toEqual([]);
    },
  );

  it('37: is read back for the registry that the manifests install', async () => {
    const template = configOf({
      namespace: 'tke',
      image: 'berth',
      defaultTenant: 'default',
      domainSuffix: 'registry.tke.com',
      systemChartGroups: [],
      storage: { kind: 'claim', storageClass: undefined, size: '1Gi' },
      frontPassword: 'a',
      backPassword: 'b',
      tlsSecret: undefined,
      ingressClass: undefined,
      trustedProxies: [],
    });
    expect(renderConfig(template)).not.toContain('harborPassword:');
    const { configuration } = await load(template);
    expect(configuration.harbor).toMatchObject({
      url: 'http://tke-harbor.tke.svc',
      password: 'b',
      login: 'tke',
    });
  });
});
