export const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
export type Unit = (typeof UNITS)[number];

/** A limit as a form has it. */
export interface Limit {
  readonly isUnlimited: boolean;
  readonly amount: number | undefined;
  readonly unit: Unit;
}

const BYTES: Readonly<Record<Unit, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Reads bytes, -1 for no limit, in the largest unit that has them to the quarter, so that none is lost. */
export function parseLimit(bytes: number): Limit {
  if (bytes < 0) return { isUnlimited: true, amount: undefined, unit: 'GiB' };
  const unit =
    UNITS.findLast((one) => bytes >= BYTES[one] && bytes % (BYTES[one] / 4) === 0) ?? 'B';
  return { isUnlimited: false, amount: bytes / BYTES[unit], unit };
}

/** Bytes as the API takes them; undefined for what is no limit. */
export function limitBytes({ isUnlimited, amount, unit }: Limit): number | undefined {
  if (isUnlimited) return -1;
  const bytes = Math.round((amount ?? 0) * BYTES[unit]);
  return bytes > 0 && Number.isSafeInteger(bytes) ? bytes : undefined;
}
