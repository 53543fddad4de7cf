import { describe, expect, it } from 'vitest';
import { createTaskProgress } from './task-progress.ts';

describe('the progress of a task', () => {
  it('is what was told since it was last taken, later words over earlier ones', () => {
    const progress = createTaskProgress();
    progress.note({ task: { done: 1, total: 9 } });
    progress.note({ task: { done: 2 }, execution: { freed: 5 } });
    expect(progress.take()).toEqual({ task: { done: 2, total: 9 }, execution: { freed: 5 } });
    expect(progress.take()).toBeUndefined();
  });

  it('that could not be written is kept, below what was told meanwhile', () => {
    const progress = createTaskProgress();
    progress.note({ task: { done: 1, total: 9 } });
    const taken = progress.take();
    progress.note({ task: { done: 2 } });
    progress.restore(taken);
    expect(progress.take()).toEqual({ task: { done: 2, total: 9 } });
  });

  it('is of the moment it was told', () => {
    const progress = createTaskProgress();
    const counts = { done: 1 };
    progress.note({ task: counts });
    counts.done = 2;
    expect(progress.take()).toEqual({ task: { done: 1 } });
  });

  it('has nothing that PostgreSQL cannot hold', () => {
    const progress = createTaskProgress();
    progress.note({ task: { 'a\0': ['b\0', { c: '\uD800' }] } });
    expect(progress.take()).toEqual({ task: { a: ['b', { c: '\uFFFD' }] } });
  });
});
