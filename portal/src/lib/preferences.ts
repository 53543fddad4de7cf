import { useSyncExternalStore } from 'react';
import type { Locale } from './messages.ts';

/** What a browser remembers of its reader. */
export interface Preferences {
  /** Absent: what the browser asks for. */
  readonly locale?: Locale;
  readonly dates?: 'relative' | 'local' | 'iso';
  /** Commands are shown for this client. */
  readonly runtime?: Runtime;
  /** Rows of a page, by table. */
  readonly pageSizes?: Readonly<Record<string, number>>;
  /** Columns that were hidden, by table. */
  readonly hiddenColumns?: Readonly<Record<string, readonly string[]>>;
  readonly isNavigationNarrow?: boolean;
  /** Name last signed in with, if it was to be remembered. */
  readonly username?: string;
  /** Banners that were closed. */
  readonly closedBanner?: string;
}

export const RUNTIMES = ['docker', 'podman', 'nerdctl', 'ctr', 'crictl', 'skopeo', 'oras'] as const;
export type Runtime = (typeof RUNTIMES)[number];

const KEY = 'berth-preferences';
const listeners = new Set<() => void>();
let current = read();

function read(): Preferences {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    // Only this file writes it; what a stranger wrote shows as the default.
    return typeof stored === 'object' && stored !== null ? stored : {};
  } catch {
    return {};
  }
}

export function getPreferences(): Preferences {
  return current;
}

export function updatePreferences(change: Partial<Preferences>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Full or forbidden: remembered for this page alone.
  }
  for (const listener of listeners) listener();
}

export function usePreferences(): Preferences {
  return useSyncExternalStore(subscribe, getPreferences);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The language chosen, else the first of the browser's that there is, else English. */
export function localeOf({ locale }: Preferences): Locale {
  if (locale === 'en' || locale === 'zh-CN') return locale;
  const wanted = navigator.languages.find((language) => /^(en|zh)\b/i.test(language));
  return wanted !== undefined && /^zh/i.test(wanted) ? 'zh-CN' : 'en';
}
