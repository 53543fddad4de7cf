import { expect, test } from 'vitest';
import { loginCommand } from './login-command.ts';

const place = { host: 'r.example', username: 'ann', isPlainHttp: false };

test('a login names the user and the host, and no password', () => {
  expect(loginCommand('docker', place)).toBe('docker login -u ann r.example');
  expect(loginCommand('helm', place)).toBe('helm registry login -u ann r.example');
});

test('without TLS most clients are told', () => {
  const plain = { ...place, isPlainHttp: true };
  expect(loginCommand('podman', plain)).toBe('podman login --tls-verify=false -u ann r.example');
  expect(loginCommand('nerdctl', plain)).toBe('nerdctl --insecure-registry login -u ann r.example');
});

test('a name that a shell would read otherwise is quoted', () => {
  expect(loginCommand('oras', { ...place, username: "o'neil;x" })).toBe(
    `oras login -u 'o'\\''neil;x' r.example`,
  );
});
