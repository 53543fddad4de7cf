import { describe, expect, it } from 'vitest';
import { actions, parseActions, type RobotPrincipal } from '../../access/index.ts';
import type { Namespace } from '../resources/types.ts';
import { imageRights, libraryRights } from './image-rights.ts';
import { containerKey } from './reach.ts';
import { caller, callerNamed, namespace, privileged } from './rights.fixture.ts';

const p = ['pull'];
const pP = ['pull', 'push'];
const pPD = ['pull', 'push', 'delete'];
const no: string[] = [];

const columns: Readonly<Record<string, Partial<Namespace['spec']>>> = {
  'plain Public': { visibility: 'Public' },
  'plain Private': { visibility: 'Private' },
  'Personal Public': { type: 'Personal', name: 'ann', visibility: 'Public' },
  'Personal Private': { type: 'Personal', name: 'ann', visibility: 'Private' },
  'Project Public': { projects: ['p1', 'p2'], visibility: 'Public' },
  'Project Private': { projects: ['p1', 'p2'], visibility: 'Private' },
  'System Public': { type: 'System', visibility: 'Public' },
  'System Private': { type: 'System', visibility: 'Private' },
};

/** In the order of the columns. */
const matrix: Readonly<Record<string, readonly (readonly string[])[]>> = {
  anonymous: [p, no, p, no, p, no, p, no],
  'of another tenant': [p, no, p, no, p, no, p, no],
  'an admin of another tenant': [p, no, p, no, p, no, p, no],
  'tenant viewer': [p, p, p, no, p, no, p, p],
  'tenant member': [pP, pP, p, no, p, no, p, p],
  ann: [pP, pP, pPD, pPD, p, no, p, p],
  'ann as a viewer': [p, p, p, p, p, no, p, p],
  'project viewer': [pP, pP, p, no, p, p, p, p],
  'project member': [pP, pP, p, no, pP, pP, p, p],
  'project owner': [pP, pP, p, no, pPD, pPD, p, p],
  'owner of another project': [pP, pP, p, no, p, no, p, p],
  'tenant admin': [pPD, pPD, pPD, pPD, pPD, pPD, pPD, pPD],
  privileged: [pPD, pPD, pPD, pPD, pPD, pPD, pPD, pPD],
};

const cells = Object.entries(matrix).flatMap(([who, row]) =>
  Object.entries(columns).map(([what, spec], at) => ({ who, what, spec, may: row[at] ?? [] })),
);

describe('the rights to images (scenario 35)', () => {
  it.each(cells)('$who may $may in a $what namespace', ({ who, spec, may }) => {
    const set = imageRights(callerNamed(who), namespace(spec), 'nginx');
    expect(set).toBe(parseActions(may));
  });

  it('B19: a member pushes by its rights there, and not because it is of the tenant', () => {
    const mel = callerNamed('tenant member');
    for (const spec of [
      { type: 'Personal', name: 'ann' },
      { projects: ['p2'] },
      { type: 'System' },
    ] as const) {
      expect(imageRights(mel, namespace(spec), 'x') & (actions.push | actions.delete)).toBe(0);
    }
  });

  it('B55: a locked namespace is shut to all, and so is one that is being deleted', () => {
    const locked = namespace({ visibility: 'Public' }, { locked: true });
    const { metadata } = locked;
    const going = {
      ...namespace({ visibility: 'Public' }),
      metadata: { ...metadata, deletionTimestamp: '2026-01-01T00:00:00Z' },
    };
    for (const who of Object.keys(matrix)) {
      expect(imageRights(callerNamed(who), locked, 'x')).toBe(actions.none);
      expect(imageRights(callerNamed(who), going, 'x')).toBe(actions.none);
    }
  });

  it.each(['Pending', 'Failed', 'Terminating'] as const)(
    'B41: a namespace that is %s has no project of ours: nothing for all',
    (phase) => {
      const unmade = namespace({ visibility: 'Public' }, { phase });
      for (const who of Object.keys(matrix)) {
        expect(imageRights(callerNamed(who), unmade, 'x')).toBe(actions.none);
      }
    },
  );

  it.each(Object.keys(matrix))('let %s pull from library, and only the privileged push', (who) => {
    const set = libraryRights(callerNamed(who));
    expect(set).toBe(who === 'privileged' ? actions.all : actions.pull);
  });
});

describe('the limits of a personal token', () => {
  const limits = {
    tokenId: 1,
    api: 'none',
    repository: actions.pull,
    projectIds: undefined,
  } as const;

  it('leave of the rights what they name', () => {
    expect(imageRights(caller({ limits }), namespace(), 'x')).toBe(actions.pull);
    const root = { ...privileged(), principal: caller({ limits }).principal };
    expect(libraryRights(root)).toBe(actions.pull);
  });

  it('shut it in its projects', () => {
    const containers = new Set([containerKey('image', 't1', 'test')]);
    const inside = caller({ limits: { ...limits, projectIds: [3] }, containers });
    expect(imageRights(inside, namespace(), 'x')).toBe(actions.pull);
    expect(imageRights(inside, namespace({ name: 'other' }), 'x')).toBe(actions.none);
    const unknown = caller({ limits: { ...limits, projectIds: [3] } });
    expect(imageRights(unknown, namespace(), 'x')).toBe(actions.none);
  });
});

describe('a robot', () => {
  const principal: RobotPrincipal = {
    kind: 'robot',
    id: 1,
    username: 'robot$t1-image-test+ci',
    projectId: 3,
    permissions: [
      { scope: 3, access: [{ resource: 'repository', action: 'push' }], repositories: ['app/**'] },
    ],
  };
  const robot = {
    ...caller({ role: undefined, containers: new Set([containerKey('image', 't1', 'test')]) }),
    principal,
  };

  it('does by its permissions what they say, in its namespace alone', () => {
    expect(imageRights(robot, namespace(), 'app/x')).toBe(actions.pull | actions.push);
    expect(imageRights(robot, namespace(), 'other')).toBe(actions.none);
    expect(imageRights(robot, namespace({ name: 'test2' }), 'app/x')).toBe(actions.none);
    expect(imageRights(robot, namespace({ tenantID: 't2' }), 'app/x')).toBe(actions.none);
    expect(libraryRights(robot)).toBe(actions.pull);
  });
});
