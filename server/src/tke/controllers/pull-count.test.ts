import { describe, expect, it } from 'vitest';
import { withPulls } from './pull-count.ts';

const object = (pullCount: number, annotations?: Readonly<Record<string, string>>) => ({
  apiVersion: 'v1',
  kind: 'Thing',
  metadata: {
    name: 'a',
    uid: 'u',
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
    ...(annotations !== undefined && { annotations }),
  },
  status: { pullCount },
});

const builtin = (count: number) => ({ source: 'builtin', count });
const harbor = (count: number) => ({ source: 'harbor', count });

describe('a count of pulls', () => {
  it('is what the back end says, and asking again changes nothing', () => {
    const first = withPulls(object(0), builtin(3));
    expect(first.status.pullCount).toBe(3);
    expect(withPulls(first, builtin(3))).toBe(first);
    expect(withPulls(first, builtin(7)).status.pullCount).toBe(7);
  });

  it('stays when an older answer comes late', () => {
    const last = withPulls(withPulls(object(0), builtin(3)), builtin(7));
    expect(withPulls(last, builtin(5))).toBe(last);
  });

  it('goes on through changes of the back end', () => {
    const before = withPulls(object(0), builtin(5));
    const copied = withPulls(before, harbor(2));
    expect(copied.status.pullCount).toBe(5);
    const pulled = withPulls(copied, harbor(4));
    expect(pulled.status.pullCount).toBe(7);
    const back = withPulls(pulled, builtin(5));
    expect(back.status.pullCount).toBe(7);
    expect(withPulls(back, builtin(6)).status.pullCount).toBe(8);
  });

  it('that came from another registry is not lost', () => {
    const taken = withPulls(object(40, { a: 'b' }), harbor(2));
    expect(taken.status.pullCount).toBe(40);
    expect(taken.metadata.annotations?.['a']).toBe('b');
    expect(withPulls(taken, harbor(3)).status.pullCount).toBe(41);
  });
});
