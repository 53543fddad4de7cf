import { describe, expect, it } from 'vitest';
import { nextAfter, parseCron } from './cron.ts';

/** A Monday. */
const start = new Date('2026-06-01T00:00:00Z');

function firings(cron: string, count: number): string[] {
  const found: string[] = [];
  for (let at = start; found.length < count; ) {
    at = nextAfter(cron, at);
    found.push(at.toISOString().replace(':00.000Z', 'Z'));
  }
  return found;
}

describe('a cron expression', () => {
  it.each([
    ['0 0 * * * *', ['2026-06-01T01:00Z', '2026-06-01T02:00Z']],
    ['0 0 0 * * *', ['2026-06-02T00:00Z', '2026-06-03T00:00Z']],
    ['0 0 0 * * 0', ['2026-06-07T00:00Z', '2026-06-14T00:00Z']],
    ['0 */20 * * * ?', ['2026-06-01T00:20Z', '2026-06-01T00:40Z', '2026-06-01T01:00Z']],
    ['0 5/25 * * * *', ['2026-06-01T00:05Z', '2026-06-01T00:30Z', '2026-06-01T00:55Z']],
    ['0 1,2 3-5/2 * * *', ['2026-06-01T03:01Z', '2026-06-01T03:02Z', '2026-06-01T05:01Z']],
    ['0 0 0 ? jul-AUG mon', ['2026-07-06T00:00Z', '2026-07-13T00:00Z']],
    ['0 0 0 29 2 *', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
    ['0 0 0 31 * *', ['2026-07-31T00:00Z', '2026-08-31T00:00Z', '2026-10-31T00:00Z']],
    // Either day will do when both are restricted, also by a step or by naming all.
    ['0 0 0 15 * FRI', ['2026-06-05T00:00Z', '2026-06-12T00:00Z', '2026-06-15T00:00Z']],
    ['0 0 0 */15 * WED', ['2026-06-03T00:00Z', '2026-06-10T00:00Z', '2026-06-16T00:00Z']],
    ['0 0 0 1-31 * FRI', ['2026-06-02T00:00Z', '2026-06-03T00:00Z']],
    // A star leaves the choice to the other one.
    ['0 0 0 */1 * FRI', ['2026-06-05T00:00Z', '2026-06-12T00:00Z']],
    ['0 0 0 *,3 * FRI', ['2026-06-05T00:00Z', '2026-06-12T00:00Z']],
    ['00  30 2 * * *', ['2026-06-01T02:30Z', '2026-06-02T02:30Z']],
  ])('%s fires when it says, in UTC', (cron, expected) => {
    expect(firings(parseCron(cron), expected.length)).toEqual(expected);
  });

  it.each([
    ['', 'it must have 6 fields'],
    ['   ', 'not 0'],
    ['0 0 * * *', 'not 5'],
    ['0 0 0 * * * 2027', 'not 7'],
    ['@daily', 'not 1'],
    ['TZ=Asia/Tokyo 0 0 0 * * *', 'not 7'],
    ['30 0 0 * * *', 'its first field, the seconds, must be 0'],
    ['* 0 0 * * *', 'the seconds, must be 0'],
    ['0,30 0 0 * * *', 'the seconds, must be 0'],
    ['0 60 0 * * *', '"60" is nothing that the minutes can be'],
    ['0 0 24 * * *', '"24"'],
    ['0 0 0 0 * *', '"0" is nothing that the day of month can be'],
    ['0 0 0 * 13 *', '"13"'],
    ['0 0 0 * * 7', '"7" is nothing that the day of week can be'],
    ['0 0 0 L * *', '"L"'],
    ['0 0 0 LW * *', '"LW"'],
    ['0 0 0 15W * *', '"15W"'],
    ['0 0 0 * * FRI#2', '"FRI#2"'],
    ['0 0 0 * * 5L', '"5L"'],
    ['0 0 0 +1 * *', '"+1"'],
    ['0 0 0 * * MON#1', '"MON#1"'],
    ['0 0 0 * * SUNDAY', '"SUNDAY"'],
    ['0 0 0 * MON *', '"MON"'],
    ['0 */0 * * * *', '"*/0"'],
    ['0 30-10 * * * *', '"30-10"'],
    ['0 1,,2 * * * *', '""'],
    ['0 -1 * * * *', '"-1"'],
    ['0 1.5 * * * *', '"1.5"'],
    ['0 0 0 30 2 *', 'it never fires'],
    ['0 0 0 31 4,6,9,11 *', 'it never fires'],
    [`0 ${'1,'.repeat(200)}1 * * * *`, 'longer than 255'],
  ])('%j is refused, and the caller told why', (cron, why) => {
    const refusal = expect.objectContaining({
      kind: 'invalid',
      message: expect.stringContaining(why),
    });
    expect(() => parseCron(cron)).toThrow(refusal);
  });

  it('fires strictly after the time that is asked for', () => {
    const at = new Date('2026-06-01T01:00:00Z');
    expect(nextAfter('0 0 * * * *', at).toISOString()).toBe('2026-06-01T02:00:00.000Z');
    const before = new Date(at.getTime() - 1);
    expect(nextAfter('0 0 * * * *', before)).toEqual(at);
  });

  it('that never fires is found out quickly', () => {
    const begin = performance.now();
    expect(() => parseCron('0 0 0 30 2 *')).toThrow('it never fires');
    expect(performance.now() - begin).toBeLessThan(1_000);
  });
});
