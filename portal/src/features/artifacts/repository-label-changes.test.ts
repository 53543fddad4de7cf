import { describe, expect, it } from 'vitest';
import { commonLabels, labelChanges } from './repository-label-changes.ts';

const labelled = (...ids: number[]) => ({
  labels: ids.map((id) => ({
    id,
    name: `l${id}`,
    scope: 'p' as const,
    creation_time: '',
    update_time: '',
  })),
});

describe('the labels of several artifacts', () => {
  it('begin with those that all of them have', () => {
    expect([...commonLabels([labelled(1, 2, 3), labelled(2, 3), labelled(3, 2)])]).toEqual([2, 3]);
    expect([...commonLabels([labelled(1), { labels: null }])]).toEqual([]);
    expect([...commonLabels([])]).toEqual([]);
  });

  it('are added only where they are not', () => {
    const before = new Set([2]);
    const wanted = new Set([1, 2]);
    expect(labelChanges(labelled(1, 2), before, wanted)).toEqual({ added: [], removed: [] });
    expect(labelChanges(labelled(2), before, wanted)).toEqual({ added: [1], removed: [] });
  });

  it('are taken off where all had them, and stay where only some had', () => {
    const changes = labelChanges(labelled(1, 2), new Set([2]), new Set());
    expect(changes).toEqual({ added: [], removed: [2] });
  });
});
