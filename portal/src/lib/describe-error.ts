import { RestError } from './api.ts';
import { common } from './common-messages.ts';
import type { Locale } from './messages.ts';

export interface DescribedError {
  /** A sentence for whoever reads; the registry's own where it has one. */
  readonly message: string;
  /** What to look for in the registry's log. */
  readonly requestId: string | undefined;
}

/** What went wrong, in words. The registry's refusals are English sentences and are shown as they are. */
export function describeError(error: unknown, locale: Locale): DescribedError {
  if (!(error instanceof RestError)) {
    return {
      message: error instanceof Error ? error.message : String(error),
      requestId: undefined,
    };
  }
  const { requestId } = error;
  return { message: sentenceOf(error, common[locale]), requestId };
}

function sentenceOf(error: RestError, words: (typeof common)['en']): string {
  if (error.status === 0) return words.unreachable;
  if (error.status >= 500 && error.status !== 503) return words.serverFault;
  if (error.status === 401) return words.sessionOver;
  if (error.status === 429) return words.tooMany;
  if (error.code !== '') return error.message;
  if (error.status === 403) return words.denied;
  if (error.status === 404) return words.gone;
  return error.message;
}
