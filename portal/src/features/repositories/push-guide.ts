import { shellQuote } from '../../lib/commands.ts';

export const PUSH_CLIENTS = [
  'docker',
  'podman',
  'nerdctl',
  'ctr',
  'skopeo',
  'helm',
  'oras',
] as const;
export type PushClient = (typeof PUSH_CLIENTS)[number];

/** Where to push, and who does. */
export interface PushPlace {
  readonly host: string;
  readonly project: string;
  /** Absent for a visitor. */
  readonly username: string | undefined;
  /** The registry has no TLS: most clients have to be told. */
  readonly isPlainHttp: boolean;
}

export interface PushStep {
  readonly purpose: 'trust' | 'login' | 'name' | 'package' | 'push';
  /** A file to write, in place of a command to run. */
  readonly file?: string;
  readonly text: string;
}

const IMAGE = 'app:1.0';

/** What to type to push with a client, from nothing to done. */
export function pushSteps(client: PushClient, place: PushPlace): readonly PushStep[] {
  switch (client) {
    case 'docker':
      return [...dockerTrust(place), ...engineSteps('docker', '', place)];
    case 'podman':
      return engineSteps('podman', insecurely(place, ' --tls-verify=false'), place);
    case 'nerdctl':
      return [
        ...hostsToml(place),
        ...engineSteps(`nerdctl${insecurely(place, ' --insecure-registry')}`, '', place),
      ];
    case 'ctr':
      return [...hostsToml(place), ...ctrSteps(place)];
    case 'skopeo':
      return skopeoSteps(place);
    case 'helm':
      return helmSteps(place);
    case 'oras':
      return orasSteps(place);
  }
}

/** docker, and those that take the same words; `flag` comes behind each that asks the registry. */
function engineSteps(program: string, flag: string, place: PushPlace): readonly PushStep[] {
  const goal = `${place.host}/${place.project}/${IMAGE}`;
  return [
    { purpose: 'login', text: `${program} login${flag} -u ${userOf(place)} ${place.host}` },
    { purpose: 'name', text: `${program} tag ${IMAGE} ${goal}` },
    { purpose: 'push', text: `${program} push${flag} ${goal}` },
  ];
}

function ctrSteps(place: PushPlace): readonly PushStep[] {
  const { host, project } = place;
  const goal = `${host}/${project}/${IMAGE}`;
  const plain = insecurely(place, ' --plain-http');
  // Without a password ctr asks for it; it has no login of its own.
  return [
    { purpose: 'name', text: `ctr images tag docker.io/library/${IMAGE} ${goal}` },
    { purpose: 'push', text: `ctr images push${plain} --user ${userOf(place)} ${goal}` },
  ];
}

function skopeoSteps(place: PushPlace): readonly PushStep[] {
  const { host, project } = place;
  const goal = `docker://${host}/${project}/${IMAGE}`;
  const login = insecurely(place, ' --tls-verify=false');
  const copy = insecurely(place, ' --dest-tls-verify=false');
  return [
    { purpose: 'login', text: `skopeo login${login} -u ${userOf(place)} ${host}` },
    {
      purpose: 'push',
      text: `skopeo copy --all${copy} docker://docker.io/library/${IMAGE} ${goal}`,
    },
  ];
}

function helmSteps(place: PushPlace): readonly PushStep[] {
  const { host, project } = place;
  const plain = insecurely(place, ' --plain-http');
  return [
    { purpose: 'login', text: `helm registry login${plain} -u ${userOf(place)} ${host}` },
    { purpose: 'package', text: 'helm package ./chart' },
    { purpose: 'push', text: `helm push${plain} chart-1.0.0.tgz oci://${host}/${project}` },
  ];
}

function orasSteps(place: PushPlace): readonly PushStep[] {
  const { host, project } = place;
  const plain = insecurely(place, ' --plain-http');
  return [
    { purpose: 'login', text: `oras login${plain} -u ${userOf(place)} ${host}` },
    { purpose: 'push', text: `oras push${plain} ${host}/${project}/files:1.0 ./report.json` },
  ];
}

function userOf({ username }: PushPlace): string {
  return username === undefined ? 'USERNAME' : shellQuote(username);
}

function insecurely({ isPlainHttp }: PushPlace, flag: string): string {
  return isPlainHttp ? flag : '';
}

function dockerTrust({ isPlainHttp, host }: PushPlace): readonly PushStep[] {
  // Docker takes plain HTTP from this machine as it is.
  if (!isPlainHttp || /^(localhost|127\.[\d.]+|\[::1\])(:\d+)?$/.test(host)) return [];
  const text = JSON.stringify({ 'insecure-registries': [host] }, undefined, 2);
  return [{ purpose: 'trust', file: '/etc/docker/daemon.json', text }];
}

function hostsToml({ isPlainHttp, host }: PushPlace): readonly PushStep[] {
  if (!isPlainHttp) return [];
  const text = `server = "http://${host}"

[host."http://${host}"]
  capabilities = ["pull", "resolve", "push"]`;
  return [{ purpose: 'trust', file: `/etc/containerd/certs.d/${host}/hosts.toml`, text }];
}
