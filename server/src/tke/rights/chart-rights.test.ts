import { describe, expect, it } from 'vitest';
import { actions } from '../../access/index.ts';
import type { ChartGroup } from '../resources/types.ts';
import { chartRight, isChartGroupLocked } from './chart-rights.ts';
import type { ChartAction } from './gatekeeper.ts';
import { caller, callerNamed, chartGroup, privileged } from './rights.fixture.ts';

const words = ['index', 'download', 'upload', 'delete', 'manage'] as const;
const letters: Readonly<Record<ChartAction, string>> = {
  index: 'i',
  download: 'r',
  upload: 'U',
  delete: 'D',
  manage: 'M',
};

function rightsOf(who: Parameters<typeof chartRight>[0], group: ChartGroup): string {
  return words
    .filter((word) => chartRight(who, group, word))
    .map((word) => letters[word])
    .join('');
}

const columns: Readonly<Record<string, Partial<ChartGroup['spec']>>> = {
  'Public of another': { visibility: 'Public', creator: 'zoe' },
  'Public of ann': { visibility: 'Public', creator: 'ann' },
  'User of ann': { visibility: 'User', creator: 'ann' },
  'User that lists ann': { visibility: 'User', creator: 'zoe', users: ['bob', 'ann'] },
  Project: { visibility: 'Project', creator: 'ann', projects: ['p1', 'p2'] },
  System: { visibility: 'Public', type: 'System', creator: 'ann' },
  'Imported Public': { visibility: 'Public', type: 'Imported', creator: 'ann' },
};

const all = 'irUDM';
const matrix: Readonly<Record<string, readonly string[]>> = {
  anonymous: ['ir', 'ir', '', '', '', 'ir', 'ir'],
  'of another tenant': ['ir', 'ir', '', '', '', 'ir', 'ir'],
  'an admin of another tenant': ['ir', 'ir', '', '', '', 'ir', 'ir'],
  'tenant viewer': ['ir', 'ir', '', '', '', 'ir', 'ir'],
  'tenant member': ['ir', 'ir', '', '', '', 'ir', 'ir'],
  ann: ['ir', all, all, all, '', 'ir', 'irM'],
  'ann as a viewer': ['ir', 'ir', 'ir', 'ir', '', 'ir', 'ir'],
  'project viewer': ['ir', 'ir', '', '', 'ir', 'ir', 'ir'],
  'project member': ['ir', 'ir', '', '', 'irU', 'ir', 'ir'],
  'project owner': ['ir', 'ir', '', '', all, 'ir', 'ir'],
  'owner of another project': ['ir', 'ir', '', '', '', 'ir', 'ir'],
  'tenant admin': [all, all, all, all, all, all, 'irM'],
  privileged: [all, all, all, all, all, all, 'irM'],
};

const cells = Object.entries(matrix).flatMap(([who, row]) =>
  Object.entries(columns).map(([what, spec], at) => ({ who, what, spec, may: row[at] ?? '?' })),
);

describe('the rights to charts (scenarios 14 and 35)', () => {
  it.each(cells)('$who has "$may" in a group $what', ({ who, spec, may }) => {
    expect(rightsOf(callerNamed(who), chartGroup(spec))).toBe(may);
  });

  it('B57: all projects of a group count, and the highest role of them', () => {
    const group = chartGroup({ visibility: 'Project', projects: ['p1', 'p2', 'p3'] });
    expect(rightsOf(caller({ projects: { p3: 'member' } }), group)).toBe('irU');
    expect(rightsOf(caller({ projects: { p1: 'viewer', p3: 'owner' } }), group)).toBe(all);
  });

  it('B58: who is taken out of the users has lost its rights at once', () => {
    const group = (users: string[]) => chartGroup({ visibility: 'User', creator: 'zoe', users });
    expect(rightsOf(caller(), group(['ann']))).toBe(all);
    expect(rightsOf(caller(), group(['bob']))).toBe('');
  });

  it('B59: to a System group only administrators upload, also if somebody else made it', () => {
    const group = chartGroup({ type: 'System', creator: 'ann', users: ['ann'] });
    expect(chartRight(caller(), group, 'upload')).toBe(false);
    expect(chartRight(caller(), group, 'manage')).toBe(false);
    expect(chartRight(callerNamed('tenant admin'), group, 'upload')).toBe(true);
  });

  it.each(['Pending', 'Failed'] as const)('leave of a group that is %s its end alone', (phase) => {
    const unmade = chartGroup({ creator: 'ann' }, { phase });
    expect(rightsOf(caller(), unmade)).toBe('M');
    expect(rightsOf(privileged(), unmade)).toBe('M');
  });

  it('tell a lock apart from what the caller may not do', () => {
    const locked = chartGroup({ creator: 'ann' }, { locked: true });
    expect(isChartGroupLocked(locked)).toBe(true);
    expect(isChartGroupLocked(chartGroup())).toBe(false);
    expect(rightsOf(caller(), locked)).toBe(all);
  });

  it('keep to the limits of a personal token', () => {
    const own = chartGroup({ visibility: 'User', creator: 'ann' });
    const withLimits = (repository: number, api: 'read' | 'write', projectIds?: number[]) =>
      caller({ limits: { tokenId: 1, api, repository, projectIds } });
    expect(rightsOf(withLimits(actions.pull, 'read'), own)).toBe('ir');
    expect(rightsOf(withLimits(actions.pull | actions.push, 'write'), own)).toBe('irUM');
    expect(rightsOf(withLimits(actions.all, 'write', [1]), own)).toBe('');
    expect(rightsOf(withLimits(actions.none, 'read'), chartGroup())).toBe('ir');
  });
});
