import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { artifactName } from '../artifacts/index.ts';
import type { AuditEntry } from './audit-entry.ts';
import { createPullTally, type Pull } from './pull-tally.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const pull: Pull = {
  projectId: 3,
  repository: 'team/app',
  reference: '1.0',
  username: 'ann',
  address: '192.0.2.1',
  requestId: 'r1',
};

function setUp() {
  const entries: AuditEntry[] = [];
  return { entries, tally: createPullTally((entry) => void entries.push(entry)) };
}

describe('the tally of pulls', () => {
  it('notes the first at once and the number of repeats after ten seconds', () => {
    const { entries, tally } = setUp();
    for (let round = 0; round < 500; round += 1) tally.count(pull);
    expect(entries).toMatchObject([
      { resource: 'team/app:1.0', username: 'ann', operation: 'pull' },
    ]);
    vi.advanceTimersByTime(10_000);
    expect(entries).toHaveLength(2);
    expect(entries[1]?.description).toBe('pulled 499 more times within 10 seconds');
    tally.count(pull);
    expect(entries).toHaveLength(3);
  });

  it.each([
    ['user', { username: 'bob' }],
    ['address', { address: '192.0.2.2' }],
    ['repository', { repository: 'team/other' }],
    ['reference', { reference: '2.0' }],
  ])('does not mix pulls of another %s', (_what, other) => {
    const { entries, tally } = setUp();
    tally.count(pull);
    tally.count({ ...pull, ...other });
    expect(entries).toHaveLength(2);
    tally.flush();
    expect(entries).toHaveLength(2);
  });

  it('loses nothing when it is flushed, and keeps no more than it may', () => {
    const { entries, tally } = setUp();
    tally.count(pull);
    tally.count(pull);
    for (let index = 0; index < 20_000; index += 1)
      tally.count({ ...pull, reference: `v${index}` });
    expect(entries.filter(({ description }) => description !== undefined)).toHaveLength(1);
    tally.flush();
    expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
  });

  it.each([
    ['1.0', 'a/b:1.0'],
    ['sha256:ab', 'a/b@sha256:ab'],
  ])('names an artifact by %s', (reference, name) => {
    expect(artifactName('a/b', reference)).toBe(name);
  });
});
