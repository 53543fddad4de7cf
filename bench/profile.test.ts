import { describe, expect, it } from 'vitest';
import { summarizeProfile } from './profile.ts';

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 });

describe('summarizeProfile', () => {
  it('adds the time of a function over all its nodes and leaves idle time out', () => {
    const summary = summarizeProfile({
      nodes: [
        { id: 1, callFrame: frame('(idle)') },
        { id: 2, callFrame: frame('work', 'file:///x/y/server/src/a.ts') },
        { id: 3, callFrame: frame('work', 'file:///x/y/server/src/a.ts') },
        { id: 4, callFrame: frame('writev') },
      ],
      samples: [1, 2, 3, 4],
      timeDeltas: [1000, 20, 10, 10],
    });
    expect(summary).toEqual([
      { name: 'work server/src/a.ts:10', share: 0.75 },
      { name: 'writev', share: 0.25 },
    ]);
  });
});
