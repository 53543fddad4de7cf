import type { KubeObject } from '../../kube/index.ts';
import type { ChartGroup, Namespace } from './types.ts';

export function isGoing({ metadata }: Pick<KubeObject, 'metadata'>): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** Whether its project is ours: before and after, one of that name may be somebody else's. */
export function isAvailable(container: Namespace | ChartGroup): boolean {
  return !isGoing(container) && container.status.phase === 'Available';
}
