import type { KubeObject, ObjectEvent } from '../../kube/index.ts';
import { chartContainerOf } from '../resources/chart-group.resource.ts';
import { containerOf } from '../resources/namespace.resource.ts';
import type { Chart, ChartGroup, Member, Namespace, Repository } from '../resources/types.ts';
import { CREATION_MS } from './container-work.ts';
import type { Job } from './jobs.ts';

interface Due {
  readonly job: Job;
  readonly delayMs: number;
}

/** Whoever asked for a deletion makes the first attempt itself. */
const DELETION_MS = 5_000;

type Known = Namespace | ChartGroup | Repository | Chart | Member;

/** What there is to do after a change of an object, whichever replica made it. */
export function jobsOfEvent(event: ObjectEvent): readonly Due[] {
  const { object } = event;
  if (!isKnown(object)) return [];
  switch (object.kind) {
    case 'Namespace':
    case 'ChartGroup':
      return jobsOfContainer(event, object);
    case 'Repository':
      return jobsOfContent(event, object, 'Namespace');
    case 'Chart':
      return jobsOfContent(event, object, 'ChartGroup');
    case 'Member':
      return event.type === 'ADDED' ? [tenantJob(object.spec.tenantID)] : [];
  }
}

function isKnown(object: KubeObject): object is Known {
  return ['Namespace', 'ChartGroup', 'Repository', 'Chart', 'Member'].includes(object.kind);
}

function jobsOfContainer(event: ObjectEvent, object: Namespace | ChartGroup): readonly Due[] {
  const { kind, metadata, spec, status } = object;
  const isImage = kind === 'Namespace';
  const container = isImage ? containerOf(object) : chartContainerOf(object);
  const settle: Due = { job: { kind: 'settle', container }, delayMs: 0 };
  if (event.type === 'DELETED') return [settle];
  const look = (delayMs: number): Due => ({
    job: { kind: 'container', of: kind, name: metadata.name },
    delayMs,
  });
  if (metadata.deletionTimestamp !== undefined) return [look(DELETION_MS)];
  if (status.phase !== 'Available') {
    const isNew = event.type === 'ADDED';
    // Of an older version, and upgraded just now: nobody else is at work on it.
    const isTaken = isNew || status.phase === 'Failed';
    const delayMs = isTaken ? CREATION_MS : 0;
    return [look(delayMs), ...(isNew ? [tenantJob(spec.tenantID)] : [])];
  }
  const previous = isKnown(event.previous ?? object) ? event.previous : undefined;
  const jobs: Due[] = [];
  if (phaseOf(previous) !== 'Available') jobs.push(settle);
  if (visibilityOf(previous) !== spec.visibility) {
    const job: Job = isImage
      ? { kind: 'images', tenant: spec.tenantID, namespace: spec.name }
      : { kind: 'charts', tenant: spec.tenantID, group: spec.name };
    jobs.push(look(0), { job, delayMs: 0 });
  }
  return jobs;
}

function jobsOfContent(
  event: ObjectEvent,
  { kind, metadata }: Repository | Chart,
  parent: 'Namespace' | 'ChartGroup',
): readonly Due[] {
  const { namespace = '', name, deletionTimestamp } = metadata;
  if (event.type !== 'MODIFIED') {
    return [{ job: { kind: 'count', of: parent, name: namespace }, delayMs: 0 }];
  }
  if (deletionTimestamp === undefined) return [];
  return [{ job: { kind: 'content', of: kind, namespace, name }, delayMs: DELETION_MS }];
}

const tenantJob = (tenant: string): Due => ({ job: { kind: 'tenant', tenant }, delayMs: 0 });

function phaseOf(object: KubeObject | undefined): string | undefined {
  return isContainer(object) ? object.status.phase : undefined;
}

function visibilityOf(object: KubeObject | undefined): string | undefined {
  return isContainer(object) ? object.spec.visibility : undefined;
}

function isContainer(object: KubeObject | undefined): object is Namespace | ChartGroup {
  return object?.kind === 'Namespace' || object?.kind === 'ChartGroup';
}
