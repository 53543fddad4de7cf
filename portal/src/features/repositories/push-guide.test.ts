import { describe, expect, it } from 'vitest';
import { PUSH_CLIENTS, type PushPlace, pushSteps } from './push-guide.ts';

const secure: PushPlace = {
  host: 'registry.example.com',
  project: 'team',
  username: 'mei',
  isPlainHttp: false,
};
const plain: PushPlace = { ...secure, host: '10.0.0.5:8080', isPlainHttp: true };
const robot: PushPlace = { ...secure, username: 'robot$team+ci' };

const textsOf = (...about: Parameters<typeof pushSteps>) =>
  pushSteps(...about).map(({ text }) => text);

describe('how to push', () => {
  it('is a login, a name and a push with docker', () => {
    expect(textsOf('docker', secure)).toEqual([
      'docker login -u mei registry.example.com',
      'docker tag app:1.0 registry.example.com/team/app:1.0',
      'docker push registry.example.com/team/app:1.0',
    ]);
  });

  it('tells each client in its own words that there is no TLS', () => {
    expect(pushSteps('docker', plain)[0]).toEqual({
      purpose: 'trust',
      file: '/etc/docker/daemon.json',
      text: '{\n  "insecure-registries": [\n    "10.0.0.5:8080"\n  ]\n}',
    });
    expect(textsOf('podman', plain)).toContain(
      'podman push --tls-verify=false 10.0.0.5:8080/team/app:1.0',
    );
    expect(textsOf('nerdctl', plain)).toContain(
      'nerdctl --insecure-registry push 10.0.0.5:8080/team/app:1.0',
    );
    expect(textsOf('ctr', plain)).toContain(
      'ctr images push --plain-http --user mei 10.0.0.5:8080/team/app:1.0',
    );
    expect(textsOf('skopeo', plain).join()).toContain('skopeo copy --all --dest-tls-verify=false ');
    expect(textsOf('helm', plain)).toContain(
      'helm push --plain-http chart-1.0.0.tgz oci://10.0.0.5:8080/team',
    );
    expect(textsOf('oras', plain)).toContain(
      'oras push --plain-http 10.0.0.5:8080/team/files:1.0 ./report.json',
    );
    expect(pushSteps('ctr', plain)[0]?.file).toBe(
      '/etc/containerd/certs.d/10.0.0.5:8080/hosts.toml',
    );
  });

  it('loosens nothing where there is TLS', () => {
    const all = PUSH_CLIENTS.flatMap((client) => textsOf(client, secure)).join('\n');
    expect(all).not.toMatch(/insecure|tls-verify|plain-http|http:/);
  });

  it('needs no file for docker on the machine of the registry', () => {
    for (const host of ['localhost:8080', '127.0.0.1', '[::1]:5000']) {
      expect(pushSteps('docker', { ...plain, host })[0]?.purpose).toBe('login');
    }
  });

  it.each(PUSH_CLIENTS)('quotes the name of a robot for the shell with %s', (client) => {
    const texts = textsOf(client, robot).join('\n');
    expect(texts).toContain("'robot$team+ci'");
    expect(texts.replaceAll("'robot$team+ci'", '')).not.toContain('robot');
  });

  it.each(PUSH_CLIENTS)('leaves a place for the name of a visitor with %s', (client) => {
    expect(textsOf(client, { ...secure, username: undefined }).join('\n')).toContain('USERNAME');
  });
});
