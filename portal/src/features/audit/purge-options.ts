import { numberOf, parseParameters, type RunParameters } from '../../lib/system-job.ts';

/** What a purge can be told. */
export interface PurgeOptions {
  /** undefined while the field is empty. */
  readonly amount: number | undefined;
  readonly unit: 'days' | 'hours';
  readonly events: readonly string[];
}

/** Stands for every event that is not about artifacts; the API's list of events lacks it. */
export const OTHER_EVENTS = 'other';

/** As long as a purge can keep entries. */
const MOST_HOURS = 240_000;
const KEPT_DAYS = 90;

/** Those of a schedule; without one, ninety days of all events are kept. */
export function parsePurgeOptions(
  json: string | undefined,
  allEvents: readonly string[],
): PurgeOptions {
  const parameters = parseParameters(json ?? '');
  const hours = numberOf(parameters, 'audit_retention_hour');
  const events = parameters['include_event_types'];
  return {
    ...(hours === 0 ? { amount: KEPT_DAYS, unit: 'days' as const } : parseHours(hours)),
    events: typeof events === 'string' ? events.split(',').filter(Boolean) : allEvents,
  };
}

function parseHours(hours: number): Pick<PurgeOptions, 'amount' | 'unit'> {
  return hours % 24 === 0 ? { amount: hours / 24, unit: 'days' } : { amount: hours, unit: 'hours' };
}

/** The hours that entries are kept; undefined for what the API would not take. */
export function hoursOf({ amount, unit }: PurgeOptions): number | undefined {
  const hours = (amount ?? 0) * (unit === 'days' ? 24 : 1);
  return Number.isInteger(hours) && hours > 0 && hours <= MOST_HOURS ? hours : undefined;
}

/** As the API takes them; undefined while they would purge nothing. */
export function presentPurgeOptions(options: PurgeOptions): RunParameters | undefined {
  const hours = hoursOf(options);
  if (hours === undefined || options.events.length === 0) return undefined;
  return { audit_retention_hour: hours, include_event_types: options.events.join(',') };
}
