import { OciError, type OciErrorCode, ociErrorCodes } from '@berth/oci';
import { z } from 'zod';
import type { NameView } from './name-view.ts';

const schema = z.object({
  errors: z
    .array(
      z.object({
        code: z.string().catch(''),
        message: z.string().catch(''),
        detail: z.unknown().optional(),
      }),
    )
    .max(100),
});

/** Codes of answers that have none of the specification's. */
const codesByStatus: Readonly<Record<number, OciErrorCode>> = {
  400: 'UNSUPPORTED',
  401: 'UNAUTHORIZED',
  403: 'DENIED',
  404: 'NAME_UNKNOWN',
  405: 'UNSUPPORTED',
  412: 'DENIED',
  413: 'SIZE_INVALID',
  416: 'RANGE_INVALID',
  429: 'TOOMANYREQUESTS',
};

const MAX_DEPTH = 4;
const MAX_MESSAGE = 1_000;

/**
 * The errors that the back end answered, in words for the client: its sentences where they tell
 * nothing internal, the specification's otherwise. Never empty.
 *
 * @param body what was answered; need not be JSON
 * @param fallback the code when the answer has none that is known
 */
export function translateErrors(
  body: string,
  status: number,
  view: NameView,
  fallback: OciErrorCode = codesByStatus[status] ?? 'UNKNOWN',
): OciError[] {
  const parsed = schema.safeParse(parseJson(body));
  const found = parsed.success ? parsed.data.errors : [];
  const errors = found.map(({ code, message, detail }) => {
    const known = isKnown(code) ? code : fallback;
    const shown = message === '' ? undefined : view.present(message.slice(0, MAX_MESSAGE));
    const shownDetail = presentDetail(detail, view, 0);
    return new OciError(known, shown, {
      status,
      ...(shownDetail !== undefined && { detail: shownDetail }),
    });
  });
  return errors.length > 0 ? errors : [new OciError(fallback, undefined, { status })];
}

function isKnown(code: string): code is OciErrorCode {
  return code !== 'UNKNOWN' && Object.hasOwn(ociErrorCodes, code);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Undefined for what cannot be shown; then it is left out. */
function presentDetail(detail: unknown, view: NameView, depth: number): unknown {
  if (typeof detail === 'string') return view.present(detail.slice(0, MAX_MESSAGE));
  if (typeof detail === 'number' || typeof detail === 'boolean') return detail;
  if (typeof detail !== 'object' || detail === null || depth >= MAX_DEPTH) return undefined;
  if (Array.isArray(detail)) {
    return detail
      .map((item) => presentDetail(item, view, depth + 1))
      .filter((item) => item !== undefined);
  }
  const shown: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(detail)) {
    const shownKey = view.present(key);
    const shownValue = presentDetail(value, view, depth + 1);
    if (shownKey !== undefined && shownValue !== undefined) shown[shownKey] = shownValue;
  }
  return shown;
}
