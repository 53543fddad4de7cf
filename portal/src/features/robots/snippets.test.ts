import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { base64, dockerConfig, resourceName, snippetsOf, WAYS } from './snippets.ts';

const credentials = {
  host: 'registry.example.com',
  isPlainHttp: false,
  name: 'robot$team+ci',
  secret: "a'$HOME b",
};
const plain = { ...credentials, host: '10.0.0.1:8080', isPlainHttp: true };

function textOf(way: (typeof WAYS)[number], kind: string, from = credentials): string {
  return snippetsOf(way, from).find((piece) => piece.kind === kind)?.text ?? '';
}

/** What a shell makes of a command whose programs only print what they are given. */
function runInShell(command: string): string {
  const programs = ['docker', 'podman', 'helm', 'nerdctl', 'kubectl', 'gh', 'ctr'];
  const fakes = programs.map((name) => `${name}() { printf '<%s>' "$@"; cat; }`).join('\n');
  return spawnSync('sh', ['-c', `${fakes}\n${command}`], { input: '', encoding: 'utf8' }).stdout;
}

describe('snippets for a robot', () => {
  it('hand the name and the secret through a shell unchanged', () => {
    for (const [way, command] of [
      ['docker', '<login>'],
      ['podman', '<login>'],
      ['helm', '<registry><login>'],
      ['containerd', '<login>'],
    ] as const) {
      const shown = runInShell(textOf(way, 'login'));
      const words = `${command}<-u><robot$team+ci><--password-stdin><registry.example.com>`;
      expect(shown).toBe(`${words}a'$HOME b`);
    }
  });

  it('make a Kubernetes secret by a command and by a file', () => {
    const shown = runInShell(textOf('kubernetes', 'secret'));
    expect(shown).toContain('<robot-team-ci>');
    expect(shown).toContain('<--docker-username=robot$team+ci>');
    expect(shown).toContain("<--docker-password=a'$HOME b>");
    expect(textOf('kubernetes', 'manifest')).toContain(base64(dockerConfig(credentials)));
    expect(JSON.parse(dockerConfig(credentials))).toEqual({
      auths: {
        'registry.example.com': {
          username: 'robot$team+ci',
          password: "a'$HOME b",
          auth: Buffer.from("robot$team+ci:a'$HOME b").toString('base64'),
        },
      },
    });
  });

  it('tell clients of a registry without TLS', () => {
    expect(snippetsOf('docker', credentials).map(({ kind }) => kind)).toEqual(['login']);
    expect(textOf('docker', 'daemon', plain)).toContain('"10.0.0.1:8080"');
    expect(textOf('podman', 'login', plain)).toContain(' --tls-verify=false ');
    expect(textOf('helm', 'login', plain)).toContain(' --plain-http ');
    expect(textOf('containerd', 'login', plain)).toContain('nerdctl --insecure-registry login ');
    expect(textOf('containerd', 'hosts', plain)).toContain('server = "http://10.0.0.1:8080"');
    expect(textOf('gitlab', 'pipeline', plain)).toContain('--insecure-registry=10.0.0.1:8080');
  });

  it('keep the secret out of the files of pipelines', () => {
    for (const way of ['github', 'gitlab', 'jenkins'] as const) {
      expect(textOf(way, 'pipeline')).toContain('robot$team+ci');
      expect(textOf(way, 'pipeline')).not.toContain('HOME');
    }
    expect(runInShell(textOf('github', 'store'))).toBe("<secret><set><REGISTRY_PASSWORD>a'$HOME b");
  });

  it('exist for every way', () => {
    for (const way of WAYS) expect(snippetsOf(way, credentials).length).toBeGreaterThan(0);
  });
});

describe('names of Kubernetes objects', () => {
  it('are DNS labels', () => {
    expect(resourceName('robot$team+ci')).toBe('robot-team-ci');
    expect(resourceName('$$')).toBe('robot');
    expect(resourceName(`robot$${'a'.repeat(56)}+b`)).toMatch(
      /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
    );
  });
});
