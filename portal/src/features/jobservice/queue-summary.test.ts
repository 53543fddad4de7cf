import { expect, test } from 'vitest';
import { summarizeQueues } from './queue-summary.ts';

const queue = (job_type: string, count: number, paused = false) => ({
  job_type,
  count,
  paused,
  latency: 0,
});

test('the three longest queues are named and the others counted', () => {
  const summary = summarizeQueues([
    queue('A', 1),
    queue('B', 5),
    queue('C', 2),
    queue('D', 4, true),
    queue('E', 0),
    queue('SCHEDULER', 0, true),
  ]);
  expect(summary.top.map(({ job_type }) => job_type)).toEqual(['B', 'D', 'C']);
  expect(summary).toMatchObject({ pending: 12, others: 1, paused: 1, areSchedulesPaused: true });
});

test('idle queues are not named', () => {
  expect(summarizeQueues([queue('A', 0)])).toEqual({
    pending: 0,
    top: [],
    others: 0,
    paused: 0,
    areSchedulesPaused: false,
  });
});
