import { AppError, generatePassword } from '../lib/index.ts';
import {
  type ConfigTemplate,
  renderConfig,
  renderConfigObjects,
  summariseConfig,
} from '../tke/installation/config-template.ts';
import { presentDocuments } from '../tke/installation/kube-document.ts';
import {
  type ManifestsTemplate,
  renderManifests,
  summariseManifests,
} from '../tke/installation/manifests-template.ts';
import { findSecretOption, readTextOption } from './secret-option.ts';

export interface TkeConfigFlags {
  readonly backEnd: 'builtin' | 'harbor';
  readonly defaultTenant: string;
  readonly domainSuffix: string;
  readonly systemChartGroups: readonly string[];
  readonly readOnly: boolean;
  readonly harborUrl?: string;
  readonly harborUsername?: string;
  readonly harborPasswordFile?: string;
  readonly harborCa?: string;
  readonly phase: '1' | '2';
  readonly anonymous: boolean;
  readonly charts: 'auto' | 'oci' | 'chartmuseum';
  readonly adoptProjects: boolean;
  readonly namespace: string;
  readonly credentialsDirectory: string;
  readonly certificatesDirectory: string;
  readonly plain: boolean;
}

export interface TkeManifestsFlags {
  readonly image: string;
  readonly domainSuffix: string;
  readonly defaultTenant: string;
  readonly systemChartGroups: readonly string[];
  readonly namespace: string;
  readonly nodeName?: string;
  readonly hostPath: string;
  readonly storageClass?: string;
  readonly storageSize: string;
  readonly passwordFile?: string;
  readonly harborPasswordFile?: string;
  readonly tlsSecret?: string;
  readonly ingressClass?: string;
  readonly trustedProxies: readonly string[];
}

const HARBOR_SECRET = 'TKE_HARBOR_PASSWORD';
const ADMIN_SECRET = 'TKE_ADMIN_PASSWORD';

/** `berth tke template config`: YAML on standard output, a summary on standard error. */
export async function renderTkeConfig(flags: TkeConfigFlags): Promise<number> {
  const template = await configTemplate(flags);
  console.error(summariseConfig(template));
  const text = flags.plain
    ? renderConfig(template)
    : presentDocuments(renderConfigObjects(template));
  process.stdout.write(text);
  return 0;
}

async function configTemplate(flags: TkeConfigFlags): Promise<ConfigTemplate> {
  const { defaultTenant, domainSuffix, systemChartGroups, namespace } = flags;
  const { credentialsDirectory, certificatesDirectory } = flags;
  return {
    defaultTenant,
    domainSuffix,
    systemChartGroups,
    namespace,
    credentialsDirectory,
    certificatesDirectory,
    isReadOnly: flags.readOnly,
    harbor: flags.backEnd === 'harbor' ? await harborTemplate(flags) : undefined,
  };
}

async function harborTemplate(flags: TkeConfigFlags): Promise<ConfigTemplate['harbor']> {
  const { harborUrl: url, harborUsername: username, phase, anonymous, charts } = flags;
  const password = await findSecretOption(flags.harborPasswordFile, HARBOR_SECRET);
  if (url === undefined || username === undefined || password === undefined) {
    throw new AppError(
      'invalid',
      `a Harbor needs --harbor-url, --harbor-username, and --harbor-password-file or ${HARBOR_SECRET}`,
    );
  }
  if (phase === '2' && anonymous) {
    throw new AppError('invalid', '--anonymous is for phase 1; in phase 2 clients log in to TKE');
  }
  return {
    url,
    username,
    password,
    charts,
    ca: flags.harborCa && (await readTextOption(flags.harborCa)),
    login: phase === '2' ? 'tke' : anonymous ? 'anonymous' : 'harbor',
    adopt: flags.adoptProjects,
  };
}

/** `berth tke template manifests`. */
export async function renderTkeManifests(flags: TkeManifestsFlags): Promise<number> {
  const { image, domainSuffix, defaultTenant, systemChartGroups, namespace } = flags;
  const template: ManifestsTemplate = {
    image,
    domainSuffix,
    defaultTenant,
    systemChartGroups,
    namespace,
    trustedProxies: flags.trustedProxies,
    tlsSecret: flags.tlsSecret,
    ingressClass: flags.ingressClass,
    storage: storageOf(flags),
    frontPassword: (await findSecretOption(flags.passwordFile, ADMIN_SECRET)) ?? generatePassword(),
    backPassword:
      (await findSecretOption(flags.harborPasswordFile, HARBOR_SECRET)) ?? generatePassword(),
  };
  console.error(summariseManifests(template));
  process.stdout.write(presentDocuments(renderManifests(template)));
  return 0;
}

function storageOf(flags: TkeManifestsFlags): ManifestsTemplate['storage'] {
  const { nodeName, hostPath, storageClass, storageSize } = flags;
  if (nodeName === undefined) return { kind: 'claim', storageClass, size: storageSize };
  if (storageClass !== undefined) {
    throw new AppError('invalid', 'data lie on a node (--node-name) or in claims, not in both');
  }
  return { kind: 'host', nodeName, path: hostPath.replace(/\/+$/, '') };
}
