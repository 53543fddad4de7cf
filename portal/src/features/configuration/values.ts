import { type Setting, secretKeys } from './settings-table.ts';

export type Value = string | number | boolean;
/** What was typed, by key; what is as it was is not in it. */
export type Draft = Readonly<Record<string, Value>>;

export interface StoredItem {
  readonly value: Value;
  readonly editable: boolean;
}
export type Stored = Readonly<Record<string, StoredItem>>;

/** A draft with one value more; what is as it was goes out of it. */
export function withValue(draft: Draft, stored: Stored, key: string, value: Value): Draft {
  const { [key]: _, ...others } = draft;
  const before = secretKeys.has(key) ? '' : stored[key]?.value;
  return value === before ? others : { ...others, [key]: value };
}

export type FaultKind = 'number' | 'json' | 'bytes';

/** What is wrong with a value, as far as the page can tell. */
export function findFault(setting: Setting, value: Value): FaultKind | undefined {
  if (setting.kind === 'number') {
    const isRight =
      Number.isInteger(value) && Number(value) >= setting.min && Number(value) <= setting.max;
    return isRight ? undefined : 'number';
  }
  if (setting.kind === 'parameters') return isTextMap(String(value)) ? undefined : 'json';
  if (setting.kind !== 'bytes') return undefined;
  return value === -1 || (typeof value === 'number' && value > 0) ? undefined : 'bytes';
}

function isTextMap(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return (
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((each) => typeof each === 'string')
    );
  } catch {
    return false;
  }
}

export const UNITS = ['MiB', 'GiB', 'TiB'] as const;
export type Unit = (typeof UNITS)[number];
const FACTORS = { MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;

/** Bytes as a number and the largest unit that it is whole in. */
export function splitBytes(bytes: number): { readonly amount: number; readonly unit: Unit } {
  const unit = UNITS.toReversed().find((each) => bytes % FACTORS[each] === 0) ?? 'MiB';
  return { amount: bytes / FACTORS[unit], unit };
}

export function joinBytes(amount: number, unit: Unit): number {
  return Math.round(amount * FACTORS[unit]);
}

export const BANNER_TYPES = ['info', 'warning', 'success', 'danger'] as const;

export interface BannerForm {
  readonly message: string;
  readonly type: string;
  readonly closable: boolean;
  /** Days, `2026-11-21`; '' is none. */
  readonly from: string;
  readonly to: string;
}

/** Reads the JSON that Harbor keeps a banner as; a plain text is its message. */
export function parseBannerForm(text: string): BannerForm {
  const empty = { message: text, type: 'info', closable: false, from: '', to: '' };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return empty;
    const read: Record<string, unknown> = { ...value };
    return {
      message: typeof read['message'] === 'string' ? read['message'] : '',
      type: BANNER_TYPES.find((type) => type === read['type']) ?? 'info',
      closable: read['closable'] === true,
      from: dayOf(read['fromDate']),
      to: dayOf(read['toDate']),
    };
  } catch {
    return empty;
  }
}

/** The other way; a banner without text is none. */
export function presentBannerForm({ message, type, closable, from, to }: BannerForm): string {
  if (message.trim() === '') return '';
  const days = { ...(from !== '' && { fromDate: from }), ...(to !== '' && { toDate: to }) };
  return JSON.stringify({ message, type, closable, ...days });
}

function dayOf(value: unknown): string {
  if (typeof value !== 'string' && typeof value !== 'number') return '';
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, 10);
}
