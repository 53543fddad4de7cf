import { useMemo } from 'react';
import { type Locale, useLocale } from './messages.ts';

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes in binary units, as registries count: 1536 is "1.5 KiB". */
export function formatBytes(bytes: number, locale: Locale): string {
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), UNITS.length - 1);
  const value = bytes / 2 ** (10 * power);
  const digits = value >= 100 || power === 0 ? 0 : 1;
  return `${value.toLocaleString(locale, { maximumFractionDigits: digits })} ${UNITS[power]}`;
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** "3 hours ago", "in 2 days"; below a minute "now". */
export function formatRelative(time: Date, now: Date, locale: Locale): string {
  const format = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const seconds = (time.getTime() - now.getTime()) / 1000;
  for (const [unit, length] of STEPS) {
    if (Math.abs(seconds) >= length) return format.format(Math.trunc(seconds / length), unit);
  }
  return format.format(0, 'second');
}

/** Seconds as people say them: "1 h 2 m", "3.2 s". */
export function formatDuration(seconds: number, locale: Locale): string {
  if (seconds < 60) return `${seconds.toLocaleString(locale, { maximumFractionDigits: 1 })} s`;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  return hours > 0 ? `${hours} h ${minutes} m` : `${minutes} m ${Math.floor(seconds % 60)} s`;
}

/** Harbor says "never" by the year 1. */
export function isNever(time: string | undefined | null): boolean {
  return time === undefined || time === null || time === '' || time.startsWith('0001-');
}

/** Formats of the reader's language. */
export function useFormat() {
  const locale = useLocale();
  return useMemo(() => {
    const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short' });
    return {
      bytes: (value: number) => formatBytes(value, locale),
      number: (value: number) => value.toLocaleString(locale),
      percent: (value: number) =>
        value.toLocaleString(locale, { style: 'percent', maximumFractionDigits: 1 }),
      dateTime: (value: string | Date) => dateTime.format(new Date(value)),
      relative: (value: string | Date) => formatRelative(new Date(value), new Date(), locale),
      duration: (seconds: number) => formatDuration(seconds, locale),
    };
  }, [locale]);
}
