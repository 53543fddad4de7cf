import type { DomainEvent } from '../events/index.ts';
import type { JobChange, VendorType } from '../jobs/index.ts';
import { topicOfWork } from './topic.ts';

/** What has changed, as streams listen for it. */
export interface Changes {
  readonly signals: ReadonlySet<string>;
  /** Projects that are another entry of the list of projects now; `GONE` for one that was there. */
  readonly projectIds: ReadonlySet<number>;
}

/** A project that was deleted: nobody can tell any more who could see it. */
export const GONE = 0;

/** By the project's id too: one that is made again under its name is another one. */
export function repositorySignal(projectId: number, repository: string): string {
  return `repository:${projectId}:${repository}`;
}

/** Pulls and quota warnings change nothing that a page shows. */
const SILENT: ReadonlySet<DomainEvent['type']> = new Set([
  'PULL_ARTIFACT',
  'QUOTA_EXCEED',
  'QUOTA_WARNING',
]);

export function changesOfEvents(events: readonly DomainEvent[]): Changes {
  const told = events.filter(({ type }) => !SILENT.has(type));
  return {
    signals: new Set(
      told.flatMap(({ projectId, repository }) => [
        `project:${projectId}`,
        repositorySignal(projectId, repository),
      ]),
    ),
    projectIds: new Set(told.map(({ projectId }) => projectId)),
  };
}

export function changesOfJobs(changes: readonly JobChange[]): Changes {
  const signals = changes.flatMap(({ vendorType, vendorId, executionId }) => [
    'jobs',
    ...(vendorId === undefined ? [] : [workSignal(vendorType, vendorId)]),
    ...(executionId === undefined ? [] : [`execution:${executionId}`]),
  ]);
  return { signals: new Set(signals), projectIds: new Set() };
}

function workSignal(vendorType: VendorType, vendorId: number): string {
  const topic = topicOfWork(vendorType, vendorId);
  return 'id' in topic ? `${topic.kind}:${topic.id}` : topic.kind;
}
