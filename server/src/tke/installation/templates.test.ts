import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import {
  type ConfigTemplate,
  renderConfig,
  renderConfigObjects,
  summariseConfig,
} from './config-template.ts';
import { presentDocuments } from './kube-document.ts';
import {
  type ManifestsTemplate,
  renderManifests,
  summariseManifests,
} from './manifests-template.ts';

const template: ConfigTemplate = {
  defaultTenant: 'default',
  domainSuffix: 'registry.tke.com',
  systemChartGroups: ['public'],
  isReadOnly: false,
  namespace: 'tke',
  credentialsDirectory: '/app/credentials',
  certificatesDirectory: '/app/certs',
  harbor: {
    url: 'https://harbor.example.com',
    username: 'admin',
    password: 'Very: #secret',
    ca: '-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n',
    login: 'harbor',
    charts: 'auto',
    adopt: false,
  },
};

const manifests: ManifestsTemplate = {
  namespace: 'tke',
  image: 'registry.example.com/berth:1',
  defaultTenant: 'default',
  domainSuffix: 'registry.tke.com',
  systemChartGroups: ['public'],
  storage: { kind: 'host', nodeName: 'master0', path: '/var/lib/tke-registry' },
  frontPassword: 'front-Secret1',
  backPassword: 'back-Secret2',
  tlsSecret: 'tke-registry-tls',
  ingressClass: undefined,
  trustedProxies: ['10.0.0.0/8'],
};

const documentSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({ name: z.string(), namespace: z.string().optional() }),
});

function read(text: string) {
  return parseAllDocuments(text).map((document) => documentSchema.parse(document.toJS()));
}

function find(kind: string, name: string, of: ManifestsTemplate = manifests): unknown {
  return read(presentDocuments(renderManifests(of))).find(
    (document) => document.kind === kind && document.metadata.name === name,
  );
}

describe('the configuration of an existing Harbor', () => {
  it('32: keeps the password in the Secret alone, and masks it in the summary', () => {
    const [config, secret, certificates] = read(presentDocuments(renderConfigObjects(template)));
    expect(secret).toMatchObject({
      kind: 'Secret',
      stringData: { 'harbor-password': 'Very: #secret' },
    });
    expect(JSON.stringify([config, certificates])).not.toContain('#secret');
    expect(certificates).toMatchObject({ data: { 'harbor-ca.crt': template.harbor?.ca } });
    expect(summariseConfig(template)).not.toContain('#secret');
    expect(summariseConfig(template)).toMatch(/password \*{6}/);
  });

  it('32: says where Harbor is and how clients log in, and names files for the rest', () => {
    expect(parse(renderConfig(template))).toEqual({
      apiVersion: 'registry.config.tkestack.io/v1',
      kind: 'RegistryConfiguration',
      defaultTenant: 'default',
      domainSuffix: 'registry.tke.com',
      systemChartGroups: ['public'],
      harborEnabled: true,
      harborUrl: 'https://harbor.example.com',
      harborUsername: 'admin',
      harborPasswordFile: '/app/credentials/harbor-password',
      harborCAFile: '/app/certs/harbor-ca.crt',
      harborLogin: 'harbor',
      harborCharts: 'auto',
    });
  });

  it('needs no Secret without a Harbor', () => {
    expect(renderConfigObjects({ ...template, harbor: undefined })).toHaveLength(1);
  });
});

describe('the manifests of a fresh registry', () => {
  it('37: are two stateful sets in one namespace that share a Secret alone', () => {
    const documents = read(presentDocuments(renderManifests(manifests)));
    expect(documents.map(({ kind, metadata }) => `${kind} ${metadata.name}`)).toEqual([
      'Namespace tke',
      'Secret tke-registry-credentials',
      'ConfigMap tke-registry-config',
      'Service tke-harbor',
      'StatefulSet tke-harbor',
      'Service tke-registry',
      'StatefulSet tke-registry',
      'NetworkPolicy tke-harbor',
      'Ingress tke-registry',
    ]);
    const [, ...rest] = documents;
    expect(new Set(rest.map(({ metadata }) => metadata.namespace))).toEqual(new Set(['tke']));
    expect(JSON.stringify(rest.slice(1))).not.toMatch(/Secret[12]/);
    expect(summariseManifests(manifests)).not.toMatch(/Secret[12]/);
  });

  it('37: are pinned to one node with a directory each, that outlives them', () => {
    for (const name of ['tke-harbor', 'tke-registry']) {
      expect(find('StatefulSet', name)).toMatchObject({
        spec: {
          replicas: 1,
          selector: { matchLabels: { 'app.kubernetes.io/name': name } },
          template: {
            metadata: { labels: { 'app.kubernetes.io/name': name } },
            spec: {
              nodeName: 'master0',
              volumes: expect.arrayContaining([
                {
                  name: 'data',
                  hostPath: { path: `/var/lib/tke-registry/${name}`, type: 'DirectoryOrCreate' },
                },
              ]),
              containers: [
                {
                  readinessProbe: { httpGet: { path: '/readyz' } },
                  livenessProbe: { httpGet: { path: '/healthz' } },
                  resources: { limits: { memory: '2Gi' } },
                },
              ],
            },
          },
        },
      });
    }
  });

  it('keep claims where a storage class has the data', () => {
    const storage = { kind: 'claim', storageClass: 'rbd', size: '40Gi' } as const;
    const set = find('StatefulSet', 'tke-registry', { ...manifests, storage });
    expect(set).toMatchObject({
      spec: {
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain' },
        volumeClaimTemplates: [
          { spec: { storageClassName: 'rbd', resources: { requests: { storage: '40Gi' } } } },
        ],
      },
    });
    expect(JSON.stringify(set)).not.toMatch(/nodeName|hostPath|initContainers/);
  });

  it('every volume that is mounted is there, and every Secret key too', () => {
    const podSchema = z.object({
      containers: z.array(
        z.looseObject({
          volumeMounts: z.array(z.looseObject({ name: z.string() })),
          env: z.array(
            z.looseObject({
              valueFrom: z.object({ secretKeyRef: z.object({ key: z.string() }) }).optional(),
            }),
          ),
        }),
      ),
      volumes: z.array(z.looseObject({ name: z.string() })),
    });
    const setSchema = z.object({ spec: z.object({ template: z.object({ spec: podSchema }) }) });
    for (const name of ['tke-harbor', 'tke-registry']) {
      const { spec } = setSchema.parse(find('StatefulSet', name)).spec.template;
      const volumes = spec.volumes.map((volume) => volume.name).toSorted();
      const mounts = spec.containers.flatMap((one) => one.volumeMounts.map((mount) => mount.name));
      expect(mounts.toSorted()).toEqual(volumes);
      const keys = spec.containers.flatMap(({ env }) =>
        env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef.key ?? []),
      );
      expect(keys).toHaveLength(1);
      const secret = { stringData: { [keys[0] ?? '']: expect.any(String) } };
      expect(find('Secret', 'tke-registry-credentials')).toMatchObject(secret);
    }
  });

  it('answer for the domain and for every tenant below it', () => {
    expect(find('Ingress', 'tke-registry')).toMatchObject({
      spec: {
        tls: [
          {
            hosts: ['registry.tke.com', '*.registry.tke.com'],
            secretName: 'tke-registry-tls',
          },
        ],
        rules: [{ host: 'registry.tke.com' }, { host: '*.registry.tke.com' }],
      },
    });
  });

  it('let nobody but the registry in front reach the one behind', () => {
    expect(find('NetworkPolicy', 'tke-harbor')).toMatchObject({
      spec: {
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'tke-harbor' } },
        ingress: [
          {
            from: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': 'tke-registry' } } }],
          },
        ],
      },
    });
  });
});
