import type { Container } from '../resources/containers.ts';

/** What controllers do, one object or one container at a time. */
export type Job =
  /** An object with a project: its phase, visibility and end. */
  | { readonly kind: 'container'; readonly of: 'Namespace' | 'ChartGroup'; readonly name: string }
  /** The end of an object within one. */
  | {
      readonly kind: 'content';
      readonly of: 'Repository' | 'Chart';
      readonly namespace: string;
      readonly name: string;
    }
  /** Objects of all repositories of a namespace. */
  | { readonly kind: 'images'; readonly tenant: string; readonly namespace: string }
  | {
      readonly kind: 'image';
      readonly tenant: string;
      readonly namespace: string;
      readonly repository: string;
    }
  /** Objects of all charts of a group. */
  | { readonly kind: 'charts'; readonly tenant: string; readonly group: string }
  /** How many objects a container has. */
  | { readonly kind: 'count'; readonly of: 'Namespace' | 'ChartGroup'; readonly name: string }
  /** The chart groups that a tenant has from the start. */
  | { readonly kind: 'tenant'; readonly tenant: string }
  /** What an interrupted creation left. */
  | { readonly kind: 'settle'; readonly container: Container };

export function keyOfJob(job: Job): string {
  if (job.kind !== 'image') return JSON.stringify(job);
  // Made at each pull; no name has a space in it.
  return `image ${job.tenant} ${job.namespace} ${job.repository}`;
}
