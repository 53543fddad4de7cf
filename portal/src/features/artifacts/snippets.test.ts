import { describe, expect, it } from 'vitest';
import { type SnippetPlace, snippet, workloadName } from './snippets.ts';

const digest = `sha256:${'0'.repeat(64)}`;
const place = {
  host: 'r.example',
  url: 'https://r.example',
  project: 'team',
  repository: 'charts/My_App',
  tag: '1.0',
  isPlain: false,
  username: 'ann',
  isPublic: true,
} satisfies SnippetPlace;

describe('what gets an artifact', () => {
  it('names the tag, or the digest if one is given', () => {
    expect(snippet('docker', place)).toBe('docker pull r.example/team/charts/My_App:1.0');
    expect(snippet('docker', { ...place, digest })).toBe(
      `docker pull r.example/team/charts/My_App@${digest}`,
    );
    expect(snippet('dockerfile', { ...place, digest })).toBe(
      `FROM r.example/team/charts/My_App@${digest}`,
    );
  });

  it('tells clients that the registry has no TLS', () => {
    const plain = { ...place, isPlain: true };
    expect(snippet('podman', plain)).toContain('--tls-verify=false');
    expect(snippet('nerdctl', plain)).toMatch(/^nerdctl --insecure-registry pull /);
    expect(snippet('ctr', plain)).toContain('--plain-http');
    expect(snippet('skopeo', plain)).toContain('--src-tls-verify=false docker://');
    expect(snippet('oras', plain)).toContain('--plain-http');
    expect(snippet('helm-pull', plain)).toMatch(/--plain-http$/);
    expect(snippet('podman', place)).not.toContain('--tls');
  });

  it('gives the version of a chart as helm has it', () => {
    const chart = { ...place, repository: 'web', tag: '1.2.0_b1' };
    expect(snippet('helm-pull', chart)).toBe(
      'helm pull oci://r.example/team/web --version 1.2.0+b1',
    );
    expect(snippet('helm-install', chart)).toBe(
      'helm install web oci://r.example/team/web --version 1.2.0+b1',
    );
    expect(snippet('helm-values', { ...chart, digest })).toBe(
      `helm show values oci://r.example/team/web@${digest}`,
    );
    expect(snippet('helm-repo', chart)).toBe(
      'helm repo add team https://r.example/chartrepo/team\nhelm install web team/web --version 1.2.0+b1',
    );
  });

  it('names a pull secret only where one is needed, and quotes who pulls', () => {
    expect(snippet('kubernetes', place)).not.toContain('imagePullSecrets');
    const closed = snippet('kubernetes', { ...place, isPublic: false, username: 'robot$team+ci' });
    expect(closed).toContain("--docker-username='robot$team+ci'");
    expect(closed).toContain('  imagePullSecrets:\n    - name: my-app-registry\n');
    expect(closed).toContain('      image: r.example/team/charts/My_App:1.0');
  });

  it('makes a DNS label of any repository', () => {
    expect(workloadName({ repository: 'a/__x..Y--' })).toBe('x-y');
    expect(workloadName({ repository: '___' })).toBe('app');
    expect(workloadName({ repository: 'a'.repeat(200) }).length).toBeLessThan(64);
  });
});
