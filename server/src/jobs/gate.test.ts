import { describe, expect, it } from 'vitest';
import type { Outcome } from './claimed-task.ts';
import { type Gate, passGate } from './gate.ts';

const pauseMs = (failures: number) => failures * 100;
const retried: Outcome = { kind: 'retried', message: '', delayMs: 1 };
const succeeded: Outcome = { kind: 'succeeded' };
const failed = (isOutage: boolean): Outcome => ({ kind: 'failed', message: '', isOutage });
const closed: Gate = { failures: 2, probeTaskId: undefined, reopensInMs: undefined };
const probed: Gate = { ...closed, probeTaskId: 7 };

describe('a gate', () => {
  it.each([
    ['stays open while all is well', undefined, succeeded, undefined],
    ['closes at the first failure', undefined, retried, 100],
    ['closes when a task gives up', undefined, failed(true), 100],
    ['stays open when the failure is of the task itself', undefined, failed(false), undefined],
    ['opens when its probe succeeds', probed, succeeded, undefined],
    ['stays closed for longer when its probe fails', probed, retried, 300],
    ['lets the next one try when its probe fails by itself', probed, failed(false), 0],
    ['lets the next one try when its probe is stopped', probed, { kind: 'stopped' }, 0],
    ['lets the next one try when its probe is put back', probed, { kind: 'released' }, 0],
  ] as const)('%s', (_what, gate, outcome, reopensInMs) => {
    const after = passGate(gate, 7, outcome, pauseMs);
    expect(after?.reopensInMs).toBe(reopensInMs);
    expect(after === undefined).toBe(reopensInMs === undefined);
  });

  it.each([retried, succeeded, failed(true)])(
    'does not care for others than its probe: %j',
    (outcome) => {
      expect(passGate(probed, 8, outcome, pauseMs)).toBe(probed);
      expect(passGate(closed, 8, outcome, pauseMs)).toBe(closed);
    },
  );

  it('counts one failure for all that ran together', () => {
    const first = passGate(undefined, 1, retried, pauseMs);
    const second = passGate(first, 2, retried, pauseMs);
    expect(second?.failures).toBe(1);
    expect(passGate(probed, 7, retried, pauseMs)?.failures).toBe(3);
  });
});
