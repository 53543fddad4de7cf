import { describe, expect, it } from 'vitest';
import { createProgress } from './fsck.progress.ts';

function openProgress(isTTY: boolean) {
  const written: string[] = [];
  let now = 0;
  const target = { isTTY, write: (text: string) => written.push(text) };
  const progress = createProgress(target, () => now);
  return { written, progress, pass: (ms: number) => void (now += ms) };
}

describe('progress', () => {
  it('is a line every ten seconds in a file', () => {
    const { written, progress, pass } = openProgress(false);
    for (let second = 1; second <= 25; second += 1) {
      pass(1_000);
      progress.tell('blobs', second);
    }
    progress.clear();
    expect(written).toEqual(['… 10 blobs checked\n', '… 20 blobs checked\n']);
  });

  it('is one line that changes on a terminal, and makes room', () => {
    const { written, progress, pass } = openProgress(true);
    progress.tell('blobs', 1);
    pass(200);
    progress.tell('blobs', 2);
    progress.clear();
    progress.clear();
    expect(written).toEqual(['\r\u001b[K… 2 blobs checked', '\r\u001b[K']);
  });
});
