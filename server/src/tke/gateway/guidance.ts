import type { RegistryConfiguration } from '../config/registry-configuration.ts';
import { externalHost } from '../config/tenant.ts';

/** Who can log in here with what; `none`: nobody needs to. */
export type GuidanceLogin = 'tke' | 'harbor' | 'none';

export interface GuidanceStep {
  readonly title: string;
  /** To be copied as it is, but for what stands in brackets. */
  readonly command: string;
}

/** What a page tells people to type, for the back end and the login that are in force. */
export interface Guidance {
  /** Host, with its port, that clients use. */
  readonly registry: string;
  readonly login: GuidanceLogin;
  /** What `[user]` and `[credential]` stand for; empty when nobody logs in. */
  readonly credentials: string;
  readonly images: {
    readonly docker: readonly GuidanceStep[];
    readonly nerdctl: readonly GuidanceStep[];
  };
  readonly charts: {
    readonly helm: readonly GuidanceStep[];
    readonly oci: readonly GuidanceStep[];
  };
}

/** The address that a client used: what is right when tenants have no hosts of their own. */
export interface UsedAddress {
  readonly scheme: 'http' | 'https';
  /** Host, with its port if it is not the scheme's. */
  readonly host: string;
}

type Modes = Pick<RegistryConfiguration, 'domainSuffix' | 'enableAnonymous'> & {
  readonly harbor: Pick<NonNullable<RegistryConfiguration['harbor']>, 'login'> | undefined;
};

const CREDENTIALS: Readonly<Record<GuidanceLogin, string>> = {
  tke: '[user] and [credential]: your user name and an access credential from the page of that name',
  harbor: '[user] and [credential]: your account of Harbor',
  none: '',
};

/** The exact commands for a tenant's images and charts. */
export function guidanceFor(configuration: Modes, tenant: string, used: UsedAddress): Guidance {
  const registry = registryOf(configuration, tenant, used.host);
  const login = loginOf(configuration);
  const place = { registry, login, isPlain: used.scheme === 'http' };
  return {
    registry,
    login,
    credentials: CREDENTIALS[login],
    images: {
      docker: imageSteps('docker', place),
      // Docker is told in its daemon's settings, nerdctl each time.
      nerdctl: imageSteps(`nerdctl${place.isPlain ? ' --insecure-registry' : ''}`, place),
    },
    charts: { helm: helmSteps(place), oci: ociSteps(place) },
  };
}

/** How clients log in: an existing Harbor may keep that to itself. */
function loginOf({ harbor, enableAnonymous }: Omit<Modes, 'domainSuffix'>): GuidanceLogin {
  if (enableAnonymous || harbor?.login === 'anonymous') return 'none';
  return harbor?.login === 'harbor' ? 'harbor' : 'tke';
}

function registryOf(
  { domainSuffix }: Pick<RegistryConfiguration, 'domainSuffix'>,
  tenant: string,
  used: string,
): string {
  const host = externalHost(tenant, { domainSuffix });
  if (host === undefined) return used;
  const [, name = '', port = ''] = /^(.*?)\.?(:\d+)?$/.exec(used.toLowerCase()) ?? [];
  const isOurs = name === domainSuffix || name.endsWith(`.${domainSuffix}`);
  return isOurs ? host + port : host;
}

interface Place {
  readonly registry: string;
  readonly login: GuidanceLogin;
  readonly isPlain: boolean;
}

function imageSteps(client: string, { registry, login }: Place): readonly GuidanceStep[] {
  const image = `${registry}/[namespace]/nginx:latest`;
  return [
    ...loginSteps(login, `${client} login -u [user] -p [credential] ${registry}`),
    { title: 'Pull an image', command: `${client} pull ${image}` },
    { title: 'Tag an image', command: `${client} tag nginx:latest ${image}` },
    { title: 'Push an image', command: `${client} push ${image}` },
  ];
}

function helmSteps({ registry, login, isPlain }: Place): readonly GuidanceStep[] {
  const url = `${isPlain ? 'http' : 'https'}://${registry}/chart/[group]`;
  const account = login === 'none' ? '' : ' --username [user] --password [credential]';
  return [
    { title: 'Add the repository', command: `helm repo add [group] ${url}${account}` },
    {
      title: 'Install the plugin that pushes',
      command: 'helm plugin install https://github.com/chartmuseum/helm-push',
    },
    { title: 'Push a directory', command: 'helm cm-push ./myapp [group]' },
    { title: 'Push a package', command: 'helm cm-push myapp-1.0.1.tgz [group]' },
    { title: 'Look for new versions', command: 'helm repo update [group]' },
    { title: 'Pull the latest version', command: 'helm pull [group]/myapp' },
    { title: 'Pull a version', command: 'helm pull [group]/myapp --version 1.0.1' },
  ];
}

/** Into a namespace of images: by OCI, a chart is one more artifact. */
function ociSteps({ registry, login, isPlain }: Place): readonly GuidanceStep[] {
  const plain = isPlain ? ' --plain-http' : '';
  return [
    ...loginSteps(
      login,
      `helm registry login ${registry} --username [user] --password [credential]${plain}`,
    ),
    {
      title: 'Push a package to a namespace',
      command: `helm push myapp-1.0.1.tgz oci://${registry}/[namespace]${plain}`,
    },
    {
      title: 'Pull it',
      command: `helm pull oci://${registry}/[namespace]/myapp --version 1.0.1${plain}`,
    },
  ];
}

function loginSteps(login: GuidanceLogin, command: string): readonly GuidanceStep[] {
  return login === 'none' ? [] : [{ title: 'Log in', command }];
}
