import { describe, expect, it } from 'vitest';
import { changesOfEvents, changesOfJobs, repositorySignal } from './changes.ts';

const event = { projectId: 3, repository: 'team/app', digest: 'sha256:00', tags: [] } as const;
const by = { operator: 'ann', requestId: 'r' } as const;

describe('changes', () => {
  it('of a push are the repository, its project and the list of projects', () => {
    const { signals, projectIds } = changesOfEvents([{ ...event, ...by, type: 'PUSH_ARTIFACT' }]);
    expect([...signals]).toEqual(['project:3', repositorySignal(3, 'team/app')]);
    expect([...projectIds]).toEqual([3]);
  });

  it('are none of a pull', () => {
    const { signals, projectIds } = changesOfEvents([{ ...event, ...by, type: 'PULL_ARTIFACT' }]);
    expect([signals.size, projectIds.size]).toEqual([0, 0]);
  });

  it('of a repository are not those of one made again under its name', () => {
    expect(repositorySignal(3, 'team/app')).not.toBe(repositorySignal(4, 'team/app'));
  });

  it.each([
    ['GARBAGE_COLLECTION', -1, 'gc'],
    ['PURGE_AUDIT_LOG', -1, 'purge-audit'],
    ['RETENTION', 7, 'retention:7'],
    ['WEBHOOK', 7, 'webhook:7'],
    ['SLACK', 7, 'webhook:7'],
  ] as const)('of %s are told to the page that shows it', (vendorType, vendorId, topic) => {
    const { signals } = changesOfJobs([{ vendorType, vendorId, executionId: 5 }]);
    expect([...signals].toSorted()).toEqual(['execution:5', 'jobs', topic].toSorted());
  });

  it('of work without a page of its own are told to that of all jobs', () => {
    const { signals } = changesOfJobs([{ vendorType: 'DATA_SCRUB', vendorId: -1 }]);
    expect([...signals]).toEqual(['jobs']);
  });
});
