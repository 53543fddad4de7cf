import type { ChartReply } from '../../helm/index.ts';
import { statusOf } from '../../http/index.ts';
import { AppError, type AppErrorKind } from '../../lib/index.ts';
import { ProviderError, type ProviderErrorKind } from '../providers/provider.ts';

/** A status and a sentence of TKE's chart API that no kind of AppError has. */
export class ChartRefusal extends Error {
  override readonly name = 'ChartRefusal';
  readonly status: number;

  constructor(status: number, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.status = status;
  }
}

const plainSentences: Partial<Record<AppErrorKind, string>> = {
  unauthenticated: 'unauthorized',
  denied: 'forbidden',
  'not-found': 'not found',
  conflict: 'exists already',
  unavailable: 'the back end is out of reach; try again shortly',
};

const providerAnswers: Readonly<Record<ProviderErrorKind, readonly [number, string]>> = {
  conflict: [409, 'exists already'],
  'not-found': [404, 'not found'],
  // Its account at the back end, not the caller's.
  denied: [502, 'the back end does not let the registry do this'],
  invalid: [400, 'the back end refuses this chart'],
  unavailable: [503, 'the back end is out of reach; try again shortly'],
};

/**
 * The answer to a failure, `{"error": …}`; undefined for what nobody foresaw. A message that
 * names the project of the back end is replaced by a plain one.
 */
export function presentRefusal(
  error: unknown,
  realm: string,
  project: string | undefined,
): ChartReply | undefined {
  if (error instanceof ChartRefusal) return presentSentence(error.status, error.message, realm);
  if (error instanceof ProviderError) {
    const [status, sentence] = providerAnswers[error.kind];
    return presentSentence(status, sentence, realm);
  }
  if (!(error instanceof AppError)) return undefined;
  const isTelling = project !== undefined && error.message.includes(project);
  const sentence = isTelling ? (plainSentences[error.kind] ?? 'refused') : error.message;
  return presentSentence(statusOf(error.kind), sentence, realm);
}

function presentSentence(status: number, sentence: string, realm: string): ChartReply {
  return {
    status,
    headers: {
      'content-type': 'application/json; charset=utf-8',
      ...(status === 401 && { 'www-authenticate': `Basic realm="${realm}"` }),
      ...((status === 429 || status === 503) && { 'retry-after': '5' }),
    },
    body: `${JSON.stringify({ error: sentence })}\n`,
  };
}
