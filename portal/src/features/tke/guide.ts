import { shellQuote } from '../../lib/commands.ts';
import type { GuidanceStep, Sysinfo } from './tke-types.ts';

export interface GuideNames {
  readonly user: string;
  /** Of images, or `[namespace]` where there is none. */
  readonly namespace?: string;
  readonly group?: string;
  /** What is pushed and pulled in the commands; an example without it. */
  readonly image?: string;
}

export interface GuideSection {
  readonly id: 'docker' | 'nerdctl' | 'containerd' | 'kubernetes' | 'helm' | 'oci' | 'curl';
  readonly steps: readonly GuidanceStep[];
}

type Guidance = Sysinfo['registry']['guidance'];

/** Puts in what is known for what stands in brackets; the credential stays. */
export function fillCommand(command: string, names: GuideNames): string {
  const { user, namespace, group, image } = names;
  const known = { user: user && shellQuote(user), namespace, group };
  const filled = Object.entries(known).reduce(
    (text, [name, value]) => (value ? text.replaceAll(`[${name}]`, value) : text),
    command,
  );
  return image === undefined ? filled : filled.replaceAll('nginx:latest', image);
}

/** How images come into a namespace and out of it. @param isPlain by http */
export function imageGuide(
  guidance: Guidance,
  names: GuideNames,
  isPlain: boolean,
): readonly GuideSection[] {
  const { docker, nerdctl } = guidance.images;
  const sections: readonly GuideSection[] = [
    { id: 'docker', steps: docker },
    { id: 'nerdctl', steps: nerdctl },
    { id: 'containerd', steps: containerdSteps(guidance, isPlain) },
    { id: 'kubernetes', steps: kubernetesSteps(guidance) },
    { id: 'oci', steps: guidance.charts.oci },
  ];
  return filled(sections, names);
}

/** How charts come into a group and out of it. */
export function chartGuide(
  guidance: Guidance,
  names: GuideNames,
  isPlain: boolean,
): readonly GuideSection[] {
  const scheme = isPlain ? 'http' : 'https';
  const account = guidance.login === 'none' ? '' : ' -u [user]:[credential]';
  const url = `${scheme}://${guidance.registry}/chart/api/[group]/charts`;
  const curl = {
    title: 'Push a package',
    command: `curl${account} -F chart=@myapp-1.0.1.tgz ${url}`,
  };
  return filled(
    [
      { id: 'helm', steps: guidance.charts.helm },
      { id: 'curl', steps: [curl] },
    ],
    names,
  );
}

function containerdSteps({ registry, login }: Guidance, isPlain: boolean): GuidanceStep[] {
  const plain = isPlain ? ' --plain-http' : '';
  const account = login === 'none' ? '' : ' --user [user]:[credential]';
  const image = `${registry}/[namespace]/nginx:latest`;
  return [
    { title: 'Pull an image', command: `ctr images pull${plain}${account} ${image}` },
    { title: 'Tag an image', command: `ctr images tag docker.io/library/nginx:latest ${image}` },
    { title: 'Push an image', command: `ctr images push${plain}${account} ${image}` },
  ];
}

function kubernetesSteps({ registry, login }: Guidance): GuidanceStep[] {
  const container = `containers:\n- name: app\n  image: ${registry}/[namespace]/nginx:latest`;
  if (login === 'none') return [{ title: 'Use it in a pod', command: container }];
  const account = '--docker-username=[user] --docker-password=[credential]';
  const server = `--docker-server=${registry}`;
  return [
    {
      title: 'Make a secret',
      command: `kubectl create secret docker-registry registry-login ${server} ${account}`,
    },
    {
      title: 'Use it in a pod',
      command: `imagePullSecrets:\n- name: registry-login\n${container}`,
    },
  ];
}

function filled(sections: readonly GuideSection[], names: GuideNames): readonly GuideSection[] {
  return sections.map(({ id, steps }) => ({
    id,
    steps: steps.map(({ title, command }) => ({ title, command: fillCommand(command, names) })),
  }));
}
