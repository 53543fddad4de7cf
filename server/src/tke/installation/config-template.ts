import type { HarborConfiguration } from '../config/registry-configuration.ts';
import { type KubeDocument, presentYaml } from './kube-document.ts';

export interface HarborTemplate {
  readonly url: string;
  readonly username: string;
  readonly password: string;
  /** PEM */
  readonly ca: string | undefined;
  /** `tke` is phase 2; `harbor` and `anonymous` are phase 1. */
  readonly login: HarborConfiguration['login'];
  readonly charts: HarborConfiguration['charts'];
  readonly adopt: boolean;
}

export interface ConfigTemplate {
  readonly defaultTenant: string;
  readonly domainSuffix: string;
  readonly systemChartGroups: readonly string[];
  readonly isReadOnly: boolean;
  /** Undefined: the back end is this registry itself. */
  readonly harbor: HarborTemplate | undefined;
  /** Of the objects. */
  readonly namespace: string;
  /** Where the pod has the Secret, and the CA's ConfigMap. */
  readonly credentialsDirectory: string;
  readonly certificatesDirectory: string;
}

export const CONFIG_FILE = 'tke-registry-config.yaml';
export const PASSWORD_FILE = 'harbor-password';
export const CA_FILE = 'harbor-ca.crt';
export const CONFIG_MAP = 'tke-registry-config';
export const CREDENTIALS = 'tke-registry-credentials';
export const CERTIFICATES = 'certs';

/** `tke-registry-config.yaml`. It names the file of the password, and never holds it. */
export function renderConfig(template: ConfigTemplate): string {
  const { defaultTenant, domainSuffix, systemChartGroups, isReadOnly } = template;
  return presentYaml({
    apiVersion: 'registry.config.tkestack.io/v1',
    kind: 'RegistryConfiguration',
    defaultTenant,
    ...(domainSuffix !== '' && { domainSuffix }),
    ...(systemChartGroups.length > 0 && { systemChartGroups }),
    ...(isReadOnly && {
      storage: { delete: { enabled: true }, maintenance: { readonly: { enabled: true } } },
    }),
    ...(template.harbor && harborFields(template, template.harbor)),
  });
}

function harborFields(
  { credentialsDirectory, certificatesDirectory }: ConfigTemplate,
  { url, username, ca, login, charts, adopt }: HarborTemplate,
) {
  return {
    harborEnabled: true,
    harborUrl: url,
    harborUsername: username,
    harborPasswordFile: `${credentialsDirectory}/${PASSWORD_FILE}`,
    ...(ca !== undefined && { harborCAFile: `${certificatesDirectory}/${CA_FILE}` }),
    harborLogin: login,
    harborCharts: charts,
    ...(adopt && { harborAdoptProjects: true }),
  };
}

/** The configuration as objects of Kubernetes: a ConfigMap, the Secret, and the CA's ConfigMap. */
export function renderConfigObjects(template: ConfigTemplate): KubeDocument[] {
  const { namespace, harbor } = template;
  const documents: KubeDocument[] = [
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CONFIG_MAP, namespace },
      data: { [CONFIG_FILE]: renderConfig(template) },
    },
  ];
  if (harbor === undefined) return documents;
  documents.push({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: CREDENTIALS, namespace },
    type: 'Opaque',
    stringData: { [PASSWORD_FILE]: harbor.password },
  });
  if (harbor.ca !== undefined) {
    documents.push({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: CERTIFICATES, namespace },
      data: { [CA_FILE]: harbor.ca },
    });
  }
  return documents;
}

const PHASES = {
  tke: 'phase 2: clients log in to TKE only',
  harbor: 'phase 1: clients log in with accounts of Harbor',
  anonymous: 'phase 1: nobody logs in, everybody acts as the account',
} satisfies Record<HarborConfiguration['login'], string>;

/** What was chosen, for the last look before it is applied; shows no password. */
export function summariseConfig(template: ConfigTemplate): string {
  const { defaultTenant, domainSuffix, harbor } = template;
  const lines = [
    `tenants    ${defaultTenant}${domainSuffix === '' ? '' : `, at {tenant}.${domainSuffix}`}`,
    `back end   ${harbor === undefined ? 'this registry itself' : `Harbor at ${harbor.url}`}`,
  ];
  if (harbor === undefined) return lines.join('\n');
  return [
    ...lines,
    `account    ${harbor.username}, password ******`,
    `authority  ${harbor.ca === undefined ? "the system's" : `${CA_FILE} in ConfigMap ${CERTIFICATES}`}`,
    `login      ${PHASES[harbor.login]}`,
    `charts     ${harbor.charts}`,
  ].join('\n');
}
