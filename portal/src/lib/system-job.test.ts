import { describe, expect, it } from 'vitest';
import { isUnderWay, numberOf, parseParameters, parseRunId } from './system-job.ts';

describe('the parameters of a run', () => {
  it('are read from JSON', () => {
    expect(numberOf(parseParameters('{"purged_blobs":3}'), 'purged_blobs')).toBe(3);
  });

  it.each(['', '[', 'null', '3'])('are none in %j', (json) => {
    expect(parseParameters(json)).toEqual({});
  });

  it('count as 0 before they are told, or when they are no numbers', () => {
    expect(numberOf({ freed_space: '9' }, 'freed_space')).toBe(0);
    expect(numberOf({}, 'freed_space')).toBe(0);
  });
});

it('the id of a run is the end of its address', () => {
  expect(parseRunId('/api/v2.0/system/gc/15')).toBe(15);
  expect(parseRunId('/api/v2.0/system/gc/schedule')).toBeUndefined();
  expect(parseRunId(undefined)).toBeUndefined();
});

it('a run is under way until it has ended, however it did', () => {
  expect(isUnderWay({ job_status: 'Pending' })).toBe(true);
  expect(isUnderWay({ job_status: 'Running' })).toBe(true);
  expect(isUnderWay({ job_status: 'Error' })).toBe(false);
  expect(isUnderWay({ job_status: 'Stopped' })).toBe(false);
});
