import { type ActionSet, actions, type TokenLimits } from '../../access/index.ts';
import type { KubeCaller } from '../../kube/index.ts';
import type { ContainerKind } from '../names.ts';

/** A caller with the containers that a robot or a limited token is shut in. */
export interface TkeCaller extends KubeCaller {
  /** By `containerKey`; undefined: no such limit. */
  readonly containers: ReadonlySet<string> | undefined;
}

export function containerKey(kind: ContainerKind, tenant: string, name: string): string {
  return `${kind}:${tenant}/${name}`;
}

/** Whether what the caller showed reaches the container at all, whatever its rights are. */
export function reaches(
  caller: KubeCaller,
  kind: ContainerKind,
  tenant: string,
  name: string,
): boolean {
  const isShutIn = caller.principal.kind === 'robot' || limitsOf(caller)?.projectIds !== undefined;
  const containers = hasContainers(caller) ? caller.containers : undefined;
  if (containers === undefined) return !isShutIn;
  return containers.has(containerKey(kind, tenant, name));
}

/** What a personal token leaves of any rights. */
export function leftBy(caller: KubeCaller): ActionSet {
  return limitsOf(caller)?.repository ?? actions.all;
}

export function limitsOf({ principal }: KubeCaller): TokenLimits | undefined {
  return principal.kind === 'user' ? principal.limits : undefined;
}

function hasContainers(caller: KubeCaller): caller is TkeCaller {
  return 'containers' in caller;
}
