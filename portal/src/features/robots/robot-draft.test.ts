import { describe, expect, it } from 'vitest';
import {
  createGrant,
  draftOf,
  emptyDraft,
  findBasicFaults,
  permissionsOf,
  type Robot,
  robotBody,
} from './robot-draft.ts';

const robot: Robot = {
  id: 3,
  name: 'robot$all',
  level: 'system',
  duration: 30,
  editable: true,
  disable: true,
  expires_at: 1_900_000_000,
  creator_type: 'local',
  creator_ref: 1,
  creation_time: '2026-11-21T00:00:00Z',
  update_time: '2026-11-21T00:00:00Z',
  permissions: [
    { kind: 'system', namespace: '/', access: [{ resource: 'catalog', action: 'read' }] },
    {
      kind: 'project',
      namespace: '*',
      access: [
        { resource: 'repository', action: 'pull' },
        { resource: 'repository', action: 'push', effect: 'deny' },
      ],
      repositories: ['app/**'],
    },
    { kind: 'project', namespace: 'team', access: [{ resource: 'tag', action: 'list' }] },
  ],
};

describe('a robot that is edited', () => {
  it('keeps its permissions, denials and repositories', () => {
    expect(permissionsOf(draftOf(robot))).toEqual(robot.permissions);
  });

  it('loses its system permissions when none is chosen any more', () => {
    const draft = draftOf(robot);
    const kinds = permissionsOf({ ...draft, system: createGrant('/') }).map(({ kind }) => kind);
    expect(kinds).toEqual(['project', 'project']);
  });

  it('is named as a whole, with what changes', () => {
    expect(robotBody(robot, { disable: false })).toEqual({
      id: 3,
      name: 'robot$all',
      level: 'system',
      description: '',
      duration: 30,
      disable: false,
      permissions: robot.permissions,
    });
  });
});

describe('a new robot', () => {
  it('of a project may push and pull there to begin with', () => {
    expect(permissionsOf(emptyDraft('team', 30))).toEqual([
      {
        kind: 'project',
        namespace: 'team',
        access: [
          { resource: 'repository', action: 'pull' },
          { resource: 'repository', action: 'push' },
        ],
      },
    ]);
  });

  it('is judged before it is sent', () => {
    const draft = { ...emptyDraft('team', 30), name: 'ci-1' };
    expect(findBasicFaults(draft)).toEqual({ name: false, description: false, duration: false });
    for (const name of ['', 'CI', 'a--b', 'a b', '-a', 'robot$a']) {
      expect(findBasicFaults({ ...draft, name }).name).toBe(true);
    }
    expect(findBasicFaults({ ...draft, duration: -1 }).duration).toBe(false);
    for (const duration of [0, 1.5, Number.NaN]) {
      expect(findBasicFaults({ ...draft, duration }).duration).toBe(true);
    }
  });
});
