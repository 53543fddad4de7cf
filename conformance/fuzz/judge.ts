import { z } from 'zod';
import type { JsonSchema, Operation } from './document.ts';
import type { FuzzRequest } from './request.ts';
import type { FuzzAnswer } from './send.ts';

/** Harbor's error envelope (harbor.md §0.1). */
const envelope = z.object({
  errors: z
    .array(z.strictObject({ code: z.string().regex(/^[A-Z][A-Z_]*$/), message: z.string() }))
    .min(1),
});

/** What must never be told: our files, our SQL, other people's secrets. */
const LEAK = /\bnode_modules\b|\.ts:\d+|at or near|violates \w+ constraint|\bapp_user\b|scrypt/i;

/** Harbor's way to say that there is no schedule: no body (harbor.md §1.17). */
const mayBeEmpty = new Set(['getGCSchedule', 'getPurgeSchedule']);

/** What is wrong with an answer, a line each. */
export interface Judge {
  judge(request: FuzzRequest, answer: FuzzAnswer): string[];
}

export function createJudge(): Judge {
  const compiled = new Map<JsonSchema, z.ZodType>();
  function compile(schema: JsonSchema): z.ZodType {
    const known = compiled.get(schema) ?? z.fromJSONSchema(schema);
    compiled.set(schema, known);
    return known;
  }

  return {
    judge(request, answer) {
      const { operation, isExact } = request;
      const faults: string[] = [];
      const { status, headers, body } = answer;
      const text = body.toString('utf8');
      if (status >= 500) faults.push(`a ${status}: ${text.slice(0, 200)}`);
      if (headers['x-request-id'] === undefined) faults.push(`a ${status} without X-Request-Id`);
      if (headers['x-injected'] !== undefined) faults.push('a header was injected');
      if (operation.method === 'HEAD' && body.length > 0) faults.push('a HEAD with a body');
      if (operation.method === 'HEAD') return faults;
      if (status >= 400) return [...faults, ...judgeRefusal(operation, answer, compile)];
      if (!isExact) return faults;
      return [...faults, ...judgeSuccess(operation, answer, compile)];
    },
  };
}

function judgeRefusal(
  { answers }: Operation,
  { status, headers, body }: FuzzAnswer,
  compile: (schema: JsonSchema) => z.ZodType,
): string[] {
  // Where the document says so, as at Harbor's login (harbor.md §2).
  const isWordless = answers.has(status) && answers.get(status) === undefined;
  if (isWordless && body.length === 0) return [];
  const text = body.toString('utf8');
  const faults = LEAK.test(text) ? [`a ${status} that tells too much: ${text.slice(0, 300)}`] : [];
  if (!/^application\/json\b/.test(headers['content-type'] ?? '')) {
    return [...faults, `a ${status} that is not JSON: ${text.slice(0, 200)}`];
  }
  const json = findJson(text);
  if (envelope.safeParse(json).success) return faults;
  const own = answers.get(status);
  if (own !== undefined && compile(own).safeParse(json).success) return faults;
  return [...faults, `a ${status} without Harbor's envelope: ${text.slice(0, 200)}`];
}

function judgeSuccess(
  { id, answers }: Operation,
  { status, body }: FuzzAnswer,
  compile: (schema: JsonSchema) => z.ZodType,
): string[] {
  if (!answers.has(status)) return [`a ${status}, which is not declared`];
  const schema = answers.get(status);
  if (schema === undefined) return [];
  if (body.length === 0 && mayBeEmpty.has(id)) return [];
  const result = compile(schema).safeParse(findJson(body.toString('utf8')));
  if (result.success) return [];
  const { path, message } = result.error.issues[0] ?? { path: [], message: 'no issue' };
  return [`a ${status} against its schema at ${path.join('.')}: ${message}`];
}

function findJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
