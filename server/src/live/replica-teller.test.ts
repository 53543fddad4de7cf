import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { quietLog } from '../../test/log.ts';
import type { Changes } from './changes.ts';
import { createReplicaTeller } from './replica-teller.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const signals = (...names: string[]): Changes => ({
  signals: new Set(names),
  projectIds: new Set(),
});

function createSent() {
  const sent: Changes[] = [];
  const send = (_from: string, changes: Changes) => {
    sent.push(changes);
    return Promise.resolve();
  };
  return { sent, teller: createReplicaTeller({ log: quietLog, send }) };
}

describe('what is told to other replicas', () => {
  it('is gathered for 250 ms', async () => {
    const { sent, teller } = createSent();
    teller.tell(signals('a'));
    await vi.advanceTimersByTimeAsync(0);
    for (const name of ['b', 'c', 'b']) teller.tell(signals(name));
    await vi.advanceTimersByTimeAsync(240);
    expect(sent).toEqual([signals('a')]);
    await vi.advanceTimersByTimeAsync(10);
    expect(sent).toEqual([signals('a'), signals('b', 'c')]);
  });

  it('is nothing when nothing has changed', async () => {
    const { sent, teller } = createSent();
    teller.tell(signals());
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual([]);
  });

  it('is nothing more once it has stopped', async () => {
    const { sent, teller } = createSent();
    teller.tell(signals('a'));
    teller.stop();
    teller.tell(signals('b'));
    await vi.advanceTimersByTimeAsync(1_000);
    expect(sent).toEqual([]);
  });
});
