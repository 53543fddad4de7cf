/** A key that stands for its user in one tenant; kept as a personal token. */
export interface ApiKey {
  /** Of the personal token. */
  readonly id: number;
  readonly userId: number;
  readonly username: string;
  /** Empty for a key of an administrator, which is good in all tenants. */
  readonly tenant: string;
  readonly description: string;
  readonly createdAt: Date;
  /** Undefined: never. */
  readonly expiresAt: Date | undefined;
  readonly isDisabled: boolean;
  readonly isExpired: boolean;
}

export interface ApiKeyRequest {
  readonly seconds: number;
  readonly description: string;
}

const NAME = /^apk-(\d{1,15})$/;

export function apiKeyName(id: number): string {
  return `apk-${id}`;
}

export function apiKeyId(name: string): number | undefined {
  const digits = NAME.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export const DEFAULT_SECONDS = 168 * 3600;
const MAX_SECONDS = 100 * 366 * 86_400;
const unitSeconds: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1, ms: 0.001 };
const DURATION = /^(?:\d{1,12}(?:\.\d{1,9})?(?:ms|h|m|s))+$/;

/** Seconds of a duration such as `1h30m` (Go's), from 1 s to 100 years; undefined for others. */
export function parseExpire(text: string): number | undefined {
  if (text.length > 64 || !DURATION.test(text)) return undefined;
  let seconds = 0;
  for (const [, amount = '', unit = ''] of text.matchAll(/([\d.]+)(ms|h|m|s)/g)) {
    seconds += Number(amount) * (unitSeconds[unit] ?? 0);
  }
  return seconds >= 1 && seconds <= MAX_SECONDS ? seconds : undefined;
}
