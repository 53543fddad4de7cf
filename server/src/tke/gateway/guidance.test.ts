import { describe, expect, it } from 'vitest';
import { type Guidance, guidanceFor } from './guidance.ts';

const builtin = { domainSuffix: 'registry.tke.com', enableAnonymous: false, harbor: undefined };
const used = { scheme: 'https', host: 't1.registry.tke.com' } as const;

function commandsOf({ images, charts }: Guidance): readonly string[] {
  return [...images.docker, ...images.nerdctl, ...charts.helm, ...charts.oci].map(
    ({ command }) => command,
  );
}

describe('the guidance of a tenant', () => {
  it('scenario 30: has the commands of docker and helm, to the letter', () => {
    const guidance = guidanceFor(builtin, 't1', used);
    expect(guidance.images.docker.map(({ command }) => command)).toEqual([
      'docker login -u [user] -p [credential] t1.registry.tke.com',
      'docker pull t1.registry.tke.com/[namespace]/nginx:latest',
      'docker tag nginx:latest t1.registry.tke.com/[namespace]/nginx:latest',
      'docker push t1.registry.tke.com/[namespace]/nginx:latest',
    ]);
    expect(guidance.charts.helm.map(({ command }) => command)).toEqual([
      'helm repo add [group] https://t1.registry.tke.com/chart/[group] --username [user] --password [credential]',
      'helm plugin install https://github.com/chartmuseum/helm-push',
      'helm cm-push ./myapp [group]',
      'helm cm-push myapp-1.0.1.tgz [group]',
      'helm repo update [group]',
      'helm pull [group]/myapp',
      'helm pull [group]/myapp --version 1.0.1',
    ]);
    expect(guidance.charts.oci.map(({ command }) => command)).toEqual([
      'helm registry login t1.registry.tke.com --username [user] --password [credential]',
      'helm push myapp-1.0.1.tgz oci://t1.registry.tke.com/[namespace]',
      'helm pull oci://t1.registry.tke.com/[namespace]/myapp --version 1.0.1',
    ]);
  });

  it.each([
    [builtin, 'tke', 'access credential'],
    [{ ...builtin, harbor: { login: 'tke' } }, 'tke', 'access credential'],
    [{ ...builtin, harbor: { login: 'harbor' } }, 'harbor', 'account of Harbor'],
  ] as const)('scenario 30: says whose account it takes: %j', (modes, login, words) => {
    const guidance = guidanceFor(modes, 't1', used);
    expect(guidance.login).toBe(login);
    expect(guidance.credentials).toContain(words);
    expect(commandsOf(guidance).filter((command) => command.includes('login'))).toHaveLength(3);
  });

  it.each([
    { ...builtin, enableAnonymous: true },
    { ...builtin, harbor: { login: 'anonymous' } },
  ] as const)('scenario 30: has no login where nobody needs one: %j', (modes) => {
    const guidance = guidanceFor(modes, 't1', used);
    expect([guidance.login, guidance.credentials]).toEqual(['none', '']);
    expect(commandsOf(guidance).join()).not.toMatch(/login|credential|user/);
  });

  it('tells clients of a plain registry that it is one', () => {
    const commands = commandsOf(guidanceFor(builtin, 't1', { ...used, scheme: 'http' }));
    expect(commands).toContain(
      'nerdctl --insecure-registry push t1.registry.tke.com/[namespace]/nginx:latest',
    );
    expect(commands.filter((command) => command.includes('oci://'))).toSatisfy(
      (all: readonly string[]) => all.every((command) => command.endsWith(' --plain-http')),
    );
    expect(commands.join()).toContain('http://t1.registry.tke.com/chart/[group]');
  });

  it.each([
    ['t1.registry.tke.com:8443', 't1.registry.tke.com:8443'],
    ['registry.tke.com:8443', 't1.registry.tke.com:8443'],
    ['127.0.0.1:8443', 't1.registry.tke.com'],
    ['evilregistry.tke.com:1', 't1.registry.tke.com'],
  ])('names the host of the tenant to one who came by %s', (host, registry) => {
    expect(guidanceFor(builtin, 't1', { ...used, host }).registry).toBe(registry);
  });

  it('names the host that was used where tenants have none', () => {
    const guidance = guidanceFor({ ...builtin, domainSuffix: '' }, 'default', {
      scheme: 'http',
      host: '127.0.0.1:8080',
    });
    expect(guidance.registry).toBe('127.0.0.1:8080');
  });
});
