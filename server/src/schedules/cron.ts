import { Cron } from 'croner';
import { AppError } from '../lib/index.ts';

/*
 * The syntax is that of robfig/cron with seconds, which Harbor uses. Each field is read here and
 * handed to croner as a list of numbers, whose syntax has more and means other things in places
 * (`7` for Sunday, `L`, `W`, `#`, nicknames, `N/step`).
 */

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** What stands for `min`, `min + 1` and so on. */
  readonly words?: readonly string[];
}

const FIELDS: readonly Field[] = [
  { name: 'seconds', min: 0, max: 59 },
  { name: 'minutes', min: 0, max: 59 },
  { name: 'hours', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  {
    name: 'month',
    min: 1,
    max: 12,
    words: 'JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC'.split(' '),
  },
  { name: 'day of week', min: 0, max: 6, words: 'SUN MON TUE WED THU FRI SAT'.split(' ') },
];
const MAX_LENGTH = 255;

/**
 * Reads a cron expression of six fields: seconds (always 0), minutes, hours, day of month, month,
 * day of week, in UTC. Each is `*` or `?`, a number or an English name of three letters, a range
 * `a-b`, with or without `/step`, or several of these with commas. When both days are restricted,
 * either will do.
 *
 * @returns it with single spaces
 * @throws AppError invalid: none of these, or it never fires
 */
export function parseCron(text: string): string {
  const cron = text.trim().split(/\s+/).join(' ');
  const [seconds = ''] = cron.split(' ');
  compile(cron);
  if (!/^0+$/.test(seconds)) throw refused(text, 'its first field, the seconds, must be 0');
  if (findNext(cron, new Date(0)) === undefined) throw refused(text, 'it never fires');
  return cron;
}

/**
 * The first time after `date` that a cron expression names.
 *
 * @throws AppError invalid, see `parseCron`
 */
export function nextAfter(cron: string, date: Date): Date {
  const next = findNext(cron, date);
  if (next === undefined) throw refused(cron, 'it never fires');
  return next;
}

function findNext(cron: string, date: Date): Date | undefined {
  const options = { mode: '6-part', timezone: 'Etc/UTC', paused: true } as const;
  return new Cron(compile(cron), options).nextRun(date) ?? undefined;
}

/** In numbers only, for croner. */
function compile(cron: string): string {
  if (cron.length > MAX_LENGTH) throw refused(cron, `it is longer than ${MAX_LENGTH} characters`);
  const parts = cron === '' ? [] : cron.split(' ');
  if (parts.length !== FIELDS.length) {
    throw refused(
      cron,
      `it must have 6 fields (seconds, minutes, hours, day of month, month, day of week), not ${parts.length}`,
    );
  }
  return FIELDS.map((field, at) => compileField(cron, field, parts[at] ?? '')).join(' ');
}

function compileField(cron: string, field: Field, text: string): string {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const range = parseRange(field, part);
    if (range === undefined) {
      throw refused(cron, `${quote(part)} is nothing that the ${field.name} can be`);
    }
    // A star, also among others, leaves the choice of days to the other field.
    if (range.isAny) return '*';
    for (let value = range.from; value <= range.to; value += range.step) values.add(value);
  }
  return [...values].toSorted((left, right) => left - right).join(',');
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  /** Written with a star and no step. */
  readonly isAny: boolean;
}

const RANGE = /^(?:(?<star>[*?])|(?<from>\w+)(?:-(?<to>\w+))?)(?:\/(?<step>\d{1,4}))?$/;

/** undefined when it is none that the field knows. */
function parseRange(field: Field, text: string): Range | undefined {
  const parts = RANGE.exec(text)?.groups;
  if (parts === undefined) return undefined;
  const { star, from: first = '', to: last, step: stepText } = parts;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step === 0) return undefined;
  if (star !== undefined) return { from: field.min, to: field.max, step, isAny: step === 1 };
  const from = parseValue(field, first);
  // `5/10` is from 5 to the end.
  const end = stepText === undefined ? from : field.max;
  const to = last === undefined ? end : parseValue(field, last);
  if (from === undefined || to === undefined || from > to) return undefined;
  return { from, to, step, isAny: false };
}

function parseValue({ min, max, words = [] }: Field, text: string): number | undefined {
  const word = words.indexOf(text.toUpperCase());
  const value = word < 0 ? Number(/^\d{1,4}$/.test(text) ? text : Number.NaN) : min + word;
  return value >= min && value <= max ? value : undefined;
}

function refused(cron: string, why: string): AppError {
  return new AppError('invalid', `invalid cron expression ${quote(cron)}: ${why}`);
}

function quote(text: string): string {
  const line = text.replaceAll(/\p{Cc}/gu, ' ');
  return `"${line.length > 80 ? `${line.slice(0, 80)}…` : line}"`;
}
