import { setTimeout as delay } from 'node:timers/promises';
import { ADMIN, adminHeaders } from '../targets/berth.ts';
import type { Target } from '../targets/target.ts';

/** Of tenant `default`; `default-image-bench` where it is stored. */
export const NAMESPACE = 'bench';
export const KUBE_API = '/apis/registry.tkestack.io/v1';
const READY_MS = 10_000;

/** tke-registry-config.yaml of a registry that keeps images itself. */
export const builtinConfiguration = {
  apiVersion: 'registry.config.tkestack.io/v1',
  kind: 'RegistryConfiguration',
  defaultTenant: 'default',
};

/** … and of one in front of an existing Harbor, which another Berth plays. */
export function harborConfiguration(harbor: Target | undefined): object {
  return {
    ...builtinConfiguration,
    harborEnabled: true,
    harborUrl: baseOf(harbor),
    harborUsername: ADMIN.username,
    harborPassword: ADMIN.password,
    harborCharts: 'oci',
  };
}

export function createNamespace(target: Target, name = NAMESPACE): Promise<string> {
  const spec = { tenantID: 'default', name, visibility: 'Private' };
  return createContainer(target, 'Namespace', 'namespaces', spec);
}

export function createChartGroup(target: Target, name: string): Promise<string> {
  const spec = { tenantID: 'default', name, visibility: 'Public', type: 'Project' };
  return createContainer(target, 'ChartGroup', 'chartgroups', spec);
}

/** Gives the path of an object that can be used when this resolves. */
async function createContainer(
  target: Target,
  kind: string,
  resource: string,
  spec: object,
): Promise<string> {
  const document = { apiVersion: 'registry.tkestack.io/v1', kind, metadata: {}, spec };
  const made = await post(target, `${KUBE_API}/${resource}`, document);
  const { metadata }: { metadata: { name: string } } = JSON.parse(made);
  const path = `${KUBE_API}/${resource}/${metadata.name}`;
  const deadline = performance.now() + READY_MS;
  for (;;) {
    const answer = await fetch(`${baseOf(target)}${path}`, { headers: adminHeaders() });
    const text = await answer.text();
    if (text.includes('"phase":"Available"')) return path;
    if (performance.now() > deadline) throw new Error(`no ${kind}: ${answer.status} ${text}`);
    await delay(50);
  }
}

/** Rejects unless something was created; gives the answer's body. */
export async function post(target: Target, path: string, document: object): Promise<string> {
  const answer = await fetch(`${baseOf(target)}${path}`, {
    method: 'POST',
    headers: { ...adminHeaders(), 'content-type': 'application/json' },
    body: JSON.stringify(document),
  });
  const text = await answer.text();
  if (answer.status !== 201) throw new Error(`POST ${path}: ${answer.status} ${text}`);
  return text;
}

export function baseOf(target: Target | undefined): string {
  const { host, port } = target?.address() ?? { host: '127.0.0.1', port: 0 };
  return `http://${host}:${port}`;
}
