import type { ColumnType, Scalar } from '../../db/index.ts';
import { AppError } from '../../lib/index.ts';

const WANTED = {
  text: 'be text',
  integer: 'be a whole number',
  decimal: 'be a number',
  time: 'be a time in UTC like 2006-01-02T15:04:05',
  flag: 'be true or false',
} satisfies Record<ColumnType, string>;

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['t', true],
  ['1', true],
  ['false', false],
  ['f', false],
  ['0', false],
]);

/**
 * The value that `text` means for a field of that type; `key` is for the refusal.
 *
 * @throws AppError invalid
 */
export function parseScalar(type: ColumnType, text: string, key: string): Scalar {
  const value = findScalar(type, text);
  if (value === undefined) throw new AppError('invalid', `${key} in q must ${WANTED[type]}`);
  return value;
}

function findScalar(type: ColumnType, text: string): Scalar | undefined {
  switch (type) {
    case 'text':
      return text;
    case 'integer':
      return findInteger(text);
    case 'decimal':
      return /^[+-]?\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : undefined;
    case 'time':
      return findTime(text);
    case 'flag':
      return FLAGS.get(text.toLowerCase());
  }
}

function findInteger(text: string): number | undefined {
  if (!/^[+-]?\d{1,19}$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

const TIME = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(\.\d{1,9})?Z?)?$/;

/** To the millisecond, further digits are cut. PostgreSQL has no year 0. */
function findTime(text: string): Date | undefined {
  const [, day, clock = '00:00:00', fraction = ''] = TIME.exec(text) ?? [];
  if (day === undefined || day.startsWith('0000')) return undefined;
  const time = new Date(`${day}T${clock}${fraction.slice(0, 4)}Z`);
  if (Number.isNaN(time.getTime())) return undefined;
  // Date takes February 30 for March 2 and 24:00:00 for the next day.
  return time.toISOString().startsWith(`${day}T${clock}`) ? time : undefined;
}
