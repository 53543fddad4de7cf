import {
  CONFIG_FILE,
  CONFIG_MAP,
  type ConfigTemplate,
  CREDENTIALS,
  PASSWORD_FILE,
  renderConfig,
} from './config-template.ts';
import type { KubeDocument } from './kube-document.ts';
import { labelsOf, renderWorkload, type Workload, type WorkloadStorage } from './workload.ts';

export type StorageChoice =
  | { readonly kind: 'host'; readonly nodeName: string; readonly path: string }
  | { readonly kind: 'claim'; readonly storageClass: string | undefined; readonly size: string };

export interface ManifestsTemplate {
  readonly namespace: string;
  readonly image: string;
  readonly defaultTenant: string;
  readonly domainSuffix: string;
  readonly systemChartGroups: readonly string[];
  readonly storage: StorageChoice;
  /** First passwords of `admin`: of the registry in front, and of the one behind it. */
  readonly frontPassword: string;
  readonly backPassword: string;
  /** Of type kubernetes.io/tls, for the suffix and everything below; undefined: http. */
  readonly tlsSecret: string | undefined;
  readonly ingressClass: string | undefined;
  /** Addresses or networks of the ingress, whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
}

const FRONT = 'tke-registry';
const BACK = 'tke-harbor';
const CONFIG_DIRECTORY = '/app/conf';
const CREDENTIALS_DIRECTORY = '/app/credentials';
const ADMIN_PASSWORD = 'admin-password';

/**
 * Everything that a fresh registry for TKE is made of (phase 2): a registry with Harbor's API that
 * keeps the content, TKE's registry in front, and nothing shared between them but one account.
 */
export function renderManifests(template: ManifestsTemplate): KubeDocument[] {
  const { namespace } = template;
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: CREDENTIALS, namespace },
      type: 'Opaque',
      stringData: {
        [ADMIN_PASSWORD]: template.frontPassword,
        [PASSWORD_FILE]: template.backPassword,
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CONFIG_MAP, namespace },
      data: { [CONFIG_FILE]: renderConfig(configOf(template)) },
    },
    ...renderWorkload(backOf(template)),
    ...renderWorkload(frontOf(template)),
    renderPolicy(template),
    renderIngress(template),
  ];
}

/** The configuration of the registry in front. */
export function configOf(template: ManifestsTemplate): ConfigTemplate {
  const { defaultTenant, domainSuffix, systemChartGroups, namespace, backPassword } = template;
  return {
    defaultTenant,
    domainSuffix,
    systemChartGroups,
    namespace,
    isReadOnly: false,
    credentialsDirectory: CREDENTIALS_DIRECTORY,
    certificatesDirectory: '/app/certs',
    harbor: {
      url: urlOfBack(template),
      username: 'admin',
      password: backPassword,
      ca: undefined,
      login: 'tke',
      charts: 'auto',
      adopt: false,
    },
  };
}

function urlOfBack({ namespace }: ManifestsTemplate): string {
  return `http://${BACK}.${namespace}.svc`;
}

function backOf(template: ManifestsTemplate): Workload {
  const { namespace, image } = template;
  return {
    name: BACK,
    namespace,
    image,
    storage: storageOf(template, BACK),
    env: [
      { name: 'BERTH_EXTERNAL_URL', value: urlOfBack(template) },
      {
        name: 'BERTH_ADMIN_PASSWORD',
        valueFrom: { secretKeyRef: { name: CREDENTIALS, key: PASSWORD_FILE } },
      },
    ],
    mounts: [],
  };
}

function frontOf(template: ManifestsTemplate): Workload {
  const { namespace, image, domainSuffix, tlsSecret, trustedProxies } = template;
  const scheme = tlsSecret === undefined ? 'http' : 'https';
  return {
    name: FRONT,
    namespace,
    image,
    storage: storageOf(template, FRONT),
    env: [
      { name: 'BERTH_EXTERNAL_URL', value: `${scheme}://${domainSuffix}` },
      { name: 'BERTH_TKE_CONFIG', value: `${CONFIG_DIRECTORY}/${CONFIG_FILE}` },
      {
        name: 'BERTH_ADMIN_PASSWORD',
        valueFrom: { secretKeyRef: { name: CREDENTIALS, key: ADMIN_PASSWORD } },
      },
      ...(trustedProxies.length > 0
        ? [{ name: 'BERTH_TRUSTED_PROXIES', value: trustedProxies.join(',') }]
        : []),
    ],
    mounts: [
      {
        name: 'config',
        mountPath: CONFIG_DIRECTORY,
        source: { configMap: { name: CONFIG_MAP } },
      },
      {
        name: 'credentials',
        mountPath: CREDENTIALS_DIRECTORY,
        source: {
          secret: {
            secretName: CREDENTIALS,
            items: [{ key: PASSWORD_FILE, path: PASSWORD_FILE }],
          },
        },
      },
    ],
  };
}

function storageOf({ storage }: ManifestsTemplate, name: string): WorkloadStorage {
  return storage.kind === 'claim' ? storage : { ...storage, path: `${storage.path}/${name}` };
}

/** Nobody but the registry in front talks to the one that keeps the content. */
function renderPolicy({ namespace }: ManifestsTemplate): KubeDocument {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: BACK, namespace },
    spec: {
      podSelector: { matchLabels: labelsOf(BACK) },
      policyTypes: ['Ingress'],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: labelsOf(FRONT) } }],
          ports: [{ protocol: 'TCP', port: 'http' }],
        },
      ],
    },
  };
}

function renderIngress(template: ManifestsTemplate): KubeDocument {
  const { namespace, domainSuffix, tlsSecret, ingressClass } = template;
  const hosts = [domainSuffix, `*.${domainSuffix}`];
  const backend = { service: { name: FRONT, port: { name: 'http' } } };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: FRONT,
      namespace,
      annotations: {
        // Layers are of any size, and must not be kept on the way.
        'nginx.ingress.kubernetes.io/proxy-body-size': '0',
        'nginx.ingress.kubernetes.io/proxy-request-buffering': 'off',
        'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
        'nginx.ingress.kubernetes.io/proxy-read-timeout': '900',
        'nginx.ingress.kubernetes.io/proxy-send-timeout': '900',
      },
    },
    spec: {
      ...(ingressClass !== undefined && { ingressClassName: ingressClass }),
      ...(tlsSecret !== undefined && { tls: [{ hosts, secretName: tlsSecret }] }),
      rules: hosts.map((host) => ({
        host,
        http: { paths: [{ path: '/', pathType: 'Prefix', backend }] },
      })),
    },
  };
}

/** What was chosen, without the passwords. */
export function summariseManifests(template: ManifestsTemplate): string {
  const { namespace, storage, domainSuffix, image, tlsSecret } = template;
  const where =
    storage.kind === 'host'
      ? `${storage.path} on node ${storage.nodeName}`
      : `claims of ${storage.size}${storage.storageClass ? ` of ${storage.storageClass}` : ''}`;
  return [
    `namespace  ${namespace}: ${FRONT} in front of ${BACK}, both ${image}`,
    `hosts      ${domainSuffix} and *.${domainSuffix}, ${tlsSecret === undefined ? 'http only' : `TLS of Secret ${tlsSecret}`}`,
    `data       ${where}`,
    `passwords  ****** of admin, in Secret ${CREDENTIALS}; read at the first start only`,
  ].join('\n');
}
