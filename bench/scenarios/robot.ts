import { adminHeaders } from '../targets/berth.ts';
import type { Target } from '../targets/target.ts';

/** A robot of a project with one right; gives its Basic header, which is quick to verify. */
export async function createRobot(
  target: Target,
  project: string,
  right: { readonly resource: string; readonly action: string },
): Promise<string> {
  const { host, port } = target.address();
  const permission = { kind: 'project', namespace: project, access: [right] };
  const response = await fetch(`http://${host}:${port}/api/v2.0/robots`, {
    method: 'POST',
    headers: { ...adminHeaders(), 'content-type': 'application/json' },
    body: JSON.stringify({
      name: 'bench',
      level: 'project',
      duration: -1,
      permissions: [permission],
    }),
  });
  const body: unknown = await response.json();
  if (typeof body !== 'object' || body === null || !('secret' in body) || !('name' in body)) {
    throw new Error(`no robot: ${response.status} ${JSON.stringify(body)}`);
  }
  return `Basic ${btoa(`${String(body.name)}:${String(body.secret)}`)}`;
}
