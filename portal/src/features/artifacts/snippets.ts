import { helmPullCommand, shellQuote } from '../../lib/commands.ts';
import type { Runtime } from '../../lib/preferences.ts';

/** What the registry is called, and where in it the artifact is. */
export interface SnippetPlace {
  /** Host and port that clients use. */
  readonly host: string;
  /** The registry's address in a browser, without a slash at its end. */
  readonly url: string;
  readonly project: string;
  /** Below the project. */
  readonly repository: string;
  readonly tag?: string | undefined;
  /** Given: by digest. */
  readonly digest?: string | undefined;
  /** Without TLS, which most clients have to be told. */
  readonly isPlain: boolean;
  readonly username: string;
  /** Everybody may pull it. */
  readonly isPublic: boolean;
}

export const HELM_WAYS = ['helm-install', 'helm-pull', 'helm-values', 'helm-repo'] as const;
export const FILES = ['dockerfile', 'kubernetes'] as const;
/** A client, or what is done with a chart, or a file that names the image. */
export type Way = Runtime | (typeof HELM_WAYS)[number] | (typeof FILES)[number];

/** `host/project/repository`, with `:tag` or `@digest`. */
export function fullReference(place: SnippetPlace): string {
  const name = `${place.host}/${place.project}/${place.repository}`;
  if (place.digest !== undefined) return `${name}@${place.digest}`;
  return place.tag === undefined ? name : `${name}:${place.tag}`;
}

/** What to type, or to write, to get the artifact. */
export function snippet(way: Way, place: SnippetPlace): string {
  switch (way) {
    case 'helm-install':
      return helmOci(`helm install ${workloadName(place)}`, place);
    case 'helm-pull':
      return helmPull(place);
    case 'helm-values':
      return helmOci('helm show values', place);
    case 'helm-repo':
      return helmRepository(place);
    case 'dockerfile':
      return `FROM ${fullReference(place)}`;
    case 'kubernetes':
      return kubernetes(place);
    case 'docker':
    case 'podman':
    case 'nerdctl':
    case 'ctr':
    case 'crictl':
    case 'skopeo':
    case 'oras':
      return pull(way, place);
  }
}

function pull(client: Runtime, place: SnippetPlace): string {
  const reference = fullReference(place);
  const flag = (text: string) => (place.isPlain ? ` ${text}` : '');
  switch (client) {
    case 'podman':
      return `podman pull${flag('--tls-verify=false')} ${reference}`;
    case 'nerdctl':
      return `nerdctl${flag('--insecure-registry')} pull ${reference}`;
    case 'ctr':
      return `ctr images pull${flag('--plain-http')}${userOf(place)} ${reference}`;
    case 'crictl':
      return `crictl pull${place.isPublic ? '' : ` --creds ${shellQuote(place.username)}`} ${reference}`;
    case 'skopeo':
      return `skopeo copy${flag('--src-tls-verify=false')} docker://${reference} oci:${workloadName(place)}`;
    case 'oras':
      return `oras pull${flag('--plain-http')} ${reference}`;
    case 'docker':
      return `docker pull ${reference}`;
  }
}

/** The others keep what they logged in with. */
function userOf({ isPublic, username }: SnippetPlace): string {
  return isPublic ? '' : ` --user ${shellQuote(username)}`;
}

function helmPull(place: SnippetPlace): string {
  const { digest, tag = '', isPlain } = place;
  if (digest !== undefined) return helmOci('helm pull', place);
  const command = helmPullCommand(`${place.host}/${place.project}/${place.repository}`, tag);
  return isPlain ? `${command} --plain-http` : command;
}

function helmOci(command: string, place: SnippetPlace): string {
  const { digest, tag, host, project, repository, isPlain } = place;
  const source = `oci://${host}/${project}/${repository}`;
  const version = tag === undefined ? '' : ` --version ${tag.replaceAll('_', '+')}`;
  const rest = digest === undefined ? version : '';
  const from = digest === undefined ? source : `${source}@${digest}`;
  return `${command} ${from}${rest}${isPlain ? ' --plain-http' : ''}`;
}

/** Helm's repositories before OCI: `index.yaml` below `/chartrepo/{project}`. */
function helmRepository({
  url,
  project,
  repository,
  tag,
  isPublic,
  username,
}: SnippetPlace): string {
  const login = isPublic ? '' : ` --username ${shellQuote(username)}`;
  const version = tag === undefined ? '' : ` --version ${tag.replaceAll('_', '+')}`;
  return [
    `helm repo add ${project} ${url}/chartrepo/${project}${login}`,
    `helm install ${workloadName({ repository })} ${project}/${repository}${version}`,
  ].join('\n');
}

function kubernetes(place: SnippetPlace): string {
  const name = workloadName(place);
  const secret = `${name}-registry`;
  return [
    ...(place.isPublic
      ? []
      : [
          `# kubectl create secret docker-registry ${secret} --docker-server=${place.host} \\`,
          `#   --docker-username=${shellQuote(place.username)} --docker-password="$PASSWORD"`,
        ]),
    'apiVersion: v1',
    'kind: Pod',
    'metadata:',
    `  name: ${name}`,
    'spec:',
    ...(place.isPublic ? [] : ['  imagePullSecrets:', `    - name: ${secret}`]),
    '  containers:',
    `    - name: ${name}`,
    `      image: ${fullReference(place)}`,
  ].join('\n');
}

/** What a workload of it may be called: a DNS label (RFC 1123). */
export function workloadName({ repository }: Pick<SnippetPlace, 'repository'>): string {
  const last = repository.slice(repository.lastIndexOf('/') + 1).toLowerCase();
  const label = last.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
  return label.slice(0, 50).replace(/-+$/, '') || 'app';
}
