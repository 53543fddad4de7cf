import { describe, expect, it } from 'vitest';
import { hoursOf, parsePurgeOptions, presentPurgeOptions } from './purge-options.ts';

describe('the options of a purge', () => {
  it.each([
    [48, 2, 'days'],
    [25, 25, 'hours'],
  ])('say %d hours as %d %s, and send them back', (hours, amount, unit) => {
    const parameters = { audit_retention_hour: hours, include_event_types: 'pull_artifact,other' };
    const options = parsePurgeOptions(JSON.stringify(parameters), []);
    expect(options).toEqual({ amount, unit, events: ['pull_artifact', 'other'] });
    expect(presentPurgeOptions(options)).toEqual(parameters);
  });

  it('keep ninety days of everything where there is no schedule', () => {
    expect(parsePurgeOptions(undefined, ['pull_artifact', 'other'])).toEqual({
      amount: 90,
      unit: 'days',
      events: ['pull_artifact', 'other'],
    });
  });

  it.each([undefined, 0, 0.01, 10_001])('are none with %s days', (amount) => {
    expect(hoursOf({ amount, unit: 'days', events: [] })).toBeUndefined();
  });

  it('are none without an event', () => {
    expect(presentPurgeOptions({ amount: 1, unit: 'days', events: [] })).toBeUndefined();
  });
});
