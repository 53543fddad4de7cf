import { createContext, use } from 'react';

export const LOCALES = ['en', 'zh-CN'] as const;
export type Locale = (typeof LOCALES)[number];

type Catalogue = Readonly<Record<string, string | ((...values: never[]) => string)>>;

/** The same keys with the same parameters: a catalogue that lacks one does not compile. */
type Same<T> = {
  readonly [K in keyof T]: T[K] extends (...values: infer P) => string
    ? (...values: P) => string
    : string;
};

export interface Messages<T> {
  readonly en: Same<T>;
  readonly 'zh-CN': Same<T>;
}

/** All words of a screen in all languages; sentences with values are functions. */
export function defineMessages<const T extends Catalogue>(
  en: T,
  others: { readonly 'zh-CN': Same<T> },
): Messages<T> {
  // `Same` keeps what T has, which TypeScript cannot see of a T it does not know.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { en: en as unknown as Same<T>, ...others };
}

export const LocaleContext = createContext<Locale>('en');

export function useLocale(): Locale {
  return use(LocaleContext);
}

/** The words of a screen in the language of whoever reads. */
export function useMessages<T>(messages: Messages<T>): Same<T> {
  return messages[useLocale()];
}

const plurals = new Intl.PluralRules('en');

/** English plurals: `plural(n, 'tag', 'tags')` is "1 tag" or "2,000 tags". */
export function plural(count: number, singular: string, others: string): string {
  const word = plurals.select(count) === 'one' ? singular : others;
  return `${count.toLocaleString('en')} ${word}`;
}
