import { expect, test } from 'vitest';
import { chartGuide, fillCommand, imageGuide } from './guide.ts';

const guidance = {
  registry: 't2.registry.example.com',
  login: 'tke' as const,
  images: {
    docker: [{ title: 'Log in', command: 'docker login -u [user] -p [credential] host' }],
    nerdctl: [],
  },
  charts: { helm: [{ title: 'Push a package', command: 'helm cm-push a.tgz [group]' }], oci: [] },
};
const names = { user: 'bob', namespace: 'test', group: 'apps' };
const commandsOf = (sections: ReturnType<typeof imageGuide>, wanted: string) =>
  sections.find(({ id }) => id === wanted)?.steps.map(({ command }) => command);

test('what is known is put in, and the credential stays', () => {
  expect(fillCommand('docker login -u [user] -p [credential] h/[namespace]', names)).toBe(
    'docker login -u bob -p [credential] h/test',
  );
});

test('a name that a shell would read is quoted', () => {
  expect(fillCommand('login -u [user]', { user: 'robot$ci' })).toBe("login -u 'robot$ci'");
});

test('what is not known keeps its brackets', () => {
  expect(fillCommand('push [namespace]/nginx:latest', { user: 'bob' })).toBe(
    'push [namespace]/nginx:latest',
  );
});

test('containerd is told of http', () => {
  expect(commandsOf(imageGuide(guidance, names, true), 'containerd')?.[0]).toBe(
    'ctr images pull --plain-http --user bob:[credential] t2.registry.example.com/test/nginx:latest',
  );
});

test('where nobody logs in, no command names an account', () => {
  const open = { ...guidance, login: 'none' as const };
  const all = [...imageGuide(open, names, false), ...chartGuide(open, names, false)];
  expect(JSON.stringify(all.filter(({ id }) => id !== 'docker'))).not.toContain('credential');
});

test('a chart is pushed to its group by the scheme that is used', () => {
  expect(commandsOf(chartGuide(guidance, names, false), 'curl')).toEqual([
    'curl -u bob:[credential] -F chart=@myapp-1.0.1.tgz https://t2.registry.example.com/chart/api/apps/charts',
  ]);
});
