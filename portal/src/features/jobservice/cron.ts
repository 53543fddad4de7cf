const RANGES = [
  [0, 59],
  [0, 59],
  [0, 23],
  [1, 31],
  [1, 12],
  [0, 6],
] as const;
const NAMES: Readonly<Record<number, readonly string[]>> = {
  4: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
  5: 'SUN MON TUE WED THU FRI SAT'.split(' '),
};
const DAY_MS = 86_400_000;
/** A leap day comes within eight years. */
const HORIZON_DAYS = 8 * 366;

/**
 * When a cron expression of six fields, in UTC, fires next; undefined when it cannot be told.
 * When both days are restricted, either will do.
 */
export function findNextRun(cron: string, after: Date): Date | undefined {
  const fields = cron.trim().split(/\s+/);
  const sets = fields.map((field, index) => parseField(field, index));
  const [seconds, minutes, hours, days, months, weekdays] = sets;
  if (!seconds || !minutes || !hours || !days || !months || !weekdays) return undefined;
  const isFreeDay = isAny(fields[3]) || isAny(fields[5]);
  const midnight = Math.floor(after.getTime() / DAY_MS) * DAY_MS;
  for (let index = 0; index <= HORIZON_DAYS; index += 1) {
    const day = new Date(midnight + index * DAY_MS);
    const byDate = days.has(day.getUTCDate());
    const byWeek = weekdays.has(day.getUTCDay());
    if (!months.has(day.getUTCMonth() + 1)) continue;
    if (isFreeDay ? !(byDate && byWeek) : !(byDate || byWeek)) continue;
    const time = firstTime([hours, minutes, seconds], after.getTime() - day.getTime());
    if (time !== undefined) return new Date(day.getTime() + time);
  }
  return undefined;
}

/** The first moment of a day that is later than `after`, both in milliseconds of the day. */
function firstTime(
  [hours, minutes, seconds]: readonly [Numbers, Numbers, Numbers],
  after: number,
): number | undefined {
  for (const hour of sorted(hours)) {
    for (const minute of sorted(minutes)) {
      for (const second of sorted(seconds)) {
        const time = ((hour * 60 + minute) * 60 + second) * 1000;
        if (time > after) return time;
      }
    }
  }
  return undefined;
}

type Numbers = ReadonlySet<number>;

const sorted = (numbers: Numbers) => [...numbers].toSorted((a, b) => a - b);

const isAny = (field: string | undefined) => field === '*' || field === '?';

function parseField(field: string, index: number): Numbers | undefined {
  const range = RANGES[index];
  if (range === undefined) return undefined;
  const numbers = new Set<number>();
  for (const part of field.toUpperCase().split(',')) {
    const [, from = '', to, step] = /^([^-/]+)(?:-([^/]+))?(?:\/(\d+))?$/.exec(part) ?? [];
    const start = isAny(from) ? range[0] : parseNumber(from, index);
    const alone = step === undefined ? start : range[1];
    const end = isAny(from) ? range[1] : to === undefined ? alone : parseNumber(to, index);
    const every = Number(step ?? 1);
    if (start === undefined || end === undefined || every < 1) return undefined;
    for (let number = start; number <= end; number += every) numbers.add(number);
  }
  return numbers;
}

function parseNumber(text: string, index: number): number | undefined {
  if (/^\d+$/.test(text)) return Number(text);
  const place = NAMES[index]?.indexOf(text) ?? -1;
  return place < 0 ? undefined : place + (index === 4 ? 1 : 0);
}
