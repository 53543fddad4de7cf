import { describe, expect, it } from 'vitest';
import { isSame, matrixOf, presetKeys, toggleKeys } from './permission-set.ts';

const catalogue = [
  { resource: 'log', action: 'list' },
  { resource: 'repository', action: 'read' },
  { resource: 'repository', action: 'pull' },
  { resource: 'repository', action: 'push' },
  { resource: 'tag', action: 'operate' },
];

describe('the matrix of permissions', () => {
  it('begins with what most robots are for', () => {
    const { rows, actions } = matrixOf(catalogue);
    expect(rows.map(({ resource }) => resource)).toEqual(['repository', 'tag', 'log']);
    expect(actions).toEqual(['pull', 'push', 'list', 'read', 'operate']);
    expect(rows[0]?.actions).toEqual(new Set(['read', 'pull', 'push']));
  });
});

describe('presets', () => {
  it('hold only what the catalogue offers', () => {
    expect([...presetKeys('pull', catalogue)]).toEqual(['repository:pull']);
    expect([...presetKeys('push', catalogue)]).toEqual(['repository:pull', 'repository:push']);
    expect(presetKeys('ci', catalogue).has('artifact:list')).toBe(false);
    expect([...presetKeys('read', catalogue)]).toEqual(['log:list', 'repository:read']);
    expect(presetKeys('all', catalogue).size).toBe(5);
    expect(presetKeys('none', catalogue).size).toBe(0);
  });
});

describe('permissions that are toggled together', () => {
  it('are completed first, and taken away only when all are there', () => {
    const some = new Set(['log:list', 'tag:list']);
    const all = toggleKeys(some, ['tag:list', 'tag:create']);
    expect(isSame(all, new Set(['log:list', 'tag:list', 'tag:create']))).toBe(true);
    const none = toggleKeys(all, ['tag:list', 'tag:create']);
    expect(isSame(none, new Set(['log:list']))).toBe(true);
  });
});
