export const LIMIT_UNITS = ['MiB', 'GiB', 'TiB'] as const;
export type LimitUnit = (typeof LIMIT_UNITS)[number];

/** How a storage limit is asked for. */
export interface LimitChoice {
  readonly kind: 'default' | 'limited' | 'unlimited';
  readonly amount: number | undefined;
  readonly unit: LimitUnit;
}

export const defaultLimit: LimitChoice = { kind: 'default', amount: 10, unit: 'GiB' };

const BYTES: Readonly<Record<LimitUnit, number>> = {
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

/** Bytes as the API takes them, -1 for no limit; undefined for the registry's default. */
export function limitBytes({ kind, amount, unit }: LimitChoice): number | undefined {
  if (kind === 'default') return undefined;
  return kind === 'unlimited' ? -1 : Math.round((amount ?? 0) * BYTES[unit]);
}

/** Whether it is an amount of bytes that numbers can say. */
export function isLimit(choice: LimitChoice): boolean {
  const bytes = limitBytes(choice);
  return bytes === undefined || bytes === -1 || (bytes > 0 && Number.isSafeInteger(bytes));
}
