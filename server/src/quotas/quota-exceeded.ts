import { AppError } from '../lib/index.ts';

/** What did not fit, in bytes. */
export interface Shortage {
  readonly added: number;
  /** What the project uses, with what others are bringing. */
  readonly used: number;
  readonly hard: number;
}

/** A refusal, in Harbor's words. */
export class QuotaExceeded extends AppError {
  /** The sentence of webhooks. */
  readonly details: string;

  constructor({ added, used, hard }: Shortage) {
    const details =
      `adding ${presentBytes(added)} of storage resource, which when updated to current usage ` +
      `of ${presentBytes(used)} will exceed the configured upper limit of ${presentBytes(hard)}.`;
    super('refused', `Quota exceeded when processing the request of ${details}`);
    this.details = details;
  }
}

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** A size as Harbor prints it: `100 B`, `1.5 MiB`. */
export function presentBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1024 && unit < UNITS.length - 1; unit += 1) value /= 1024;
  return `${roundToTenth(value)} ${UNITS[unit] ?? ''}`;
}

/** Go rounds what lies exactly between to the even digit, and `toFixed` up. */
function roundToTenth(value: number): string {
  const isBetween = Math.abs((value * 4) % 2) === 1;
  if (!isBetween) return value.toFixed(1);
  const tenths = Math.floor(value * 10);
  return ((tenths % 2 === 0 ? tenths : tenths + 1) / 10).toFixed(1);
}
