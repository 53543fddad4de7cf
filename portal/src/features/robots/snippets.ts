import { shellQuote } from '../../lib/commands.ts';

/** What a robot logs in with, and where. */
export interface Credentials {
  /** Host and port that clients use. */
  readonly host: string;
  /** Without TLS, which most clients have to be told. */
  readonly isPlainHttp: boolean;
  readonly name: string;
  readonly secret: string;
}

export const WAYS = [
  'docker',
  'podman',
  'containerd',
  'kubernetes',
  'helm',
  'github',
  'gitlab',
  'jenkins',
] as const;
export type Way = (typeof WAYS)[number];

/** What a piece is; says what its heading is. */
export type PieceKind =
  | 'login'
  | 'daemon'
  | 'pull'
  | 'hosts'
  | 'secret'
  | 'manifest'
  | 'pod'
  | 'store'
  | 'pipeline';

export interface Piece {
  readonly kind: PieceKind;
  readonly text: string;
  /** Where it is written to, when it is a file. */
  readonly file?: string;
}

/** Commands and files, to be taken as they are. */
export function snippetsOf(way: Way, credentials: Credentials): readonly Piece[] {
  const { host, isPlainHttp } = credentials;
  switch (way) {
    case 'docker':
      return [
        ...(isPlainHttp ? [daemon(host)] : []),
        { kind: 'login', text: login(credentials, 'docker login') },
      ];
    case 'podman':
      return [{ kind: 'login', text: login(credentials, 'podman login', '--tls-verify=false') }];
    case 'helm':
      return [{ kind: 'login', text: login(credentials, 'helm registry login', '--plain-http') }];
    case 'containerd':
      return containerd(credentials);
    case 'kubernetes':
      return kubernetes(credentials);
    case 'github':
      return github(credentials);
    case 'gitlab':
      return [{ kind: 'pipeline', text: gitlab(credentials), file: '.gitlab-ci.yml' }];
    case 'jenkins':
      return [{ kind: 'pipeline', text: jenkins(credentials), file: 'Jenkinsfile' }];
  }
}

/** Reads the password from its input: it must not be seen in the list of processes. */
function login({ host, isPlainHttp, name, secret }: Credentials, command: string, plain = '') {
  const flag = isPlainHttp && plain !== '' ? ` ${plain}` : '';
  const client = `${command}${flag} -u ${shellQuote(name)} --password-stdin ${host}`;
  return `printf %s ${shellQuote(secret)} |\n  ${client}`;
}

function daemon(host: string): Piece {
  const text = JSON.stringify({ 'insecure-registries': [host] }, undefined, 2);
  return { kind: 'daemon', text, file: '/etc/docker/daemon.json' };
}

function containerd(credentials: Credentials): readonly Piece[] {
  const { host, isPlainHttp, name, secret } = credentials;
  const user = shellQuote(`${name}:${secret}`);
  const plain = isPlainHttp ? ' --plain-http' : '';
  const url = `${isPlainHttp ? 'http' : 'https'}://${host}`;
  return [
    // nerdctl has the flag for itself, before the command.
    {
      kind: 'login',
      text: login(credentials, `nerdctl${isPlainHttp ? ' --insecure-registry' : ''} login`),
    },
    { kind: 'pull', text: `ctr images pull${plain} --user ${user} ${host}/PROJECT/IMAGE:TAG` },
    {
      kind: 'hosts',
      text: [
        `server = "${url}"`,
        '',
        `[host."${url}"]`,
        '  capabilities = ["pull", "resolve", "push"]',
      ].join('\n'),
      file: `/etc/containerd/certs.d/${host}/hosts.toml`,
    },
  ];
}

function kubernetes(credentials: Credentials): readonly Piece[] {
  const { host, name, secret } = credentials;
  const secretName = resourceName(name);
  return [
    {
      kind: 'secret',
      text: [
        `kubectl create secret docker-registry ${secretName}`,
        `--docker-server=${host}`,
        `--docker-username=${shellQuote(name)}`,
        `--docker-password=${shellQuote(secret)}`,
      ].join(' \\\n  '),
    },
    {
      kind: 'manifest',
      text: [
        'apiVersion: v1',
        'kind: Secret',
        'metadata:',
        `  name: ${secretName}`,
        'type: kubernetes.io/dockerconfigjson',
        'data:',
        `  .dockerconfigjson: ${base64(dockerConfig(credentials))}`,
      ].join('\n'),
      file: 'secret.yaml',
    },
    { kind: 'pod', text: ['imagePullSecrets:', `  - name: ${secretName}`].join('\n') },
  ];
}

/** What docker keeps of its logins, as kubelets read it. */
export function dockerConfig({ host, name, secret }: Credentials): string {
  const login = { username: name, password: secret, auth: base64(`${name}:${secret}`) };
  return JSON.stringify({ auths: { [host]: login } });
}

/** Of UTF-8. */
export function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** What a Kubernetes object of a robot may be called: a DNS label (RFC 1123). */
export function resourceName(name: string): string {
  const label = name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  return label.replace(/^-+/, '').slice(0, 63).replace(/-+$/, '') || 'robot';
}

/** Quoted: YAML of version 1.2 reads JSON's texts. */
const yaml = (text: string) => JSON.stringify(text);

/** The secret stays out of the file. */
function github({ host, name, secret }: Credentials): readonly Piece[] {
  return [
    { kind: 'store', text: `printf %s ${shellQuote(secret)} | gh secret set REGISTRY_PASSWORD` },
    {
      kind: 'pipeline',
      text: [
        'steps:',
        '  - uses: docker/login-action@v3',
        '    with:',
        `      registry: ${yaml(host)}`,
        `      username: ${yaml(name)}`,
        '      password: ${{ secrets.REGISTRY_PASSWORD }}',
      ].join('\n'),
      file: '.github/workflows/build.yml',
    },
  ];
}

function ciLogin({ host, name }: Credentials): string {
  const client = `docker login -u ${shellQuote(name)} --password-stdin ${host}`;
  return `printf %s "$REGISTRY_PASSWORD" | ${client}`;
}

/** With its name in the file: GitLab would replace the `$` in a variable. */
function gitlab(credentials: Credentials): string {
  const { host, isPlainHttp } = credentials;
  const flag = isPlainHttp ? `\n      command: ["--insecure-registry=${host}"]` : '';
  return [
    'build:',
    '  image: docker:28',
    '  services:',
    `    - name: docker:28-dind${flag}`,
    '  script:',
    '    - >-',
    `      ${ciLogin(credentials)}`,
    `    - docker build -t ${host}/PROJECT/IMAGE:$CI_COMMIT_SHORT_SHA .`,
    `    - docker push ${host}/PROJECT/IMAGE:$CI_COMMIT_SHORT_SHA`,
  ].join('\n');
}

function jenkins(credentials: Credentials): string {
  return [
    "withCredentials([string(credentialsId: 'registry-password', variable: 'REGISTRY_PASSWORD')]) {",
    "  sh '''",
    `    ${ciLogin(credentials)}`,
    "  '''",
    '}',
  ].join('\n');
}
