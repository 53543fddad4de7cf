import { z } from 'zod';
import type { FuzzAnswer } from './send.ts';
import type { TkePart, TkeRequest } from './tke-request.ts';

/** Kubernetes' Status (reference §1.10). */
const status = z.strictObject({
  kind: z.literal('Status'),
  apiVersion: z.literal('v1'),
  metadata: z.strictObject({}),
  status: z.literal('Failure'),
  message: z.string().min(1),
  reason: z.string().regex(/^[A-Z][A-Za-z]+$/),
  details: z
    .strictObject({
      name: z.string().optional(),
      group: z.string().optional(),
      kind: z.string().optional(),
      uid: z.string().optional(),
      retryAfterSeconds: z.number().optional(),
      causes: z
        .array(
          z.strictObject({
            reason: z.string().optional(),
            message: z.string().optional(),
            field: z.string().optional(),
          }),
        )
        .optional(),
    })
    .optional(),
  code: z.int(),
});

/** Distribution's, and Harbor's with the same outside. */
const envelope = z.object({
  errors: z
    .array(z.looseObject({ code: z.string().regex(/^[A-Z][A-Z_]*$/), message: z.string() }))
    .min(1),
});

/** ChartMuseum's. */
const chartError = z.strictObject({ error: z.string().min(1) });

/** Before a request is anybody's: the parts of HTTP itself. */
const HTTP_LEVEL: ReadonlySet<number> = new Set([408, 414, 417, 431]);
const UNREAD = /is not a valid url component|this is not well-formed HTTP/;
const ROUTED: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']);

const refusals: Readonly<Record<TkePart, z.ZodType>> = {
  kube: status,
  keys: status,
  gateway: z.union([status, envelope]),
  images: envelope,
  token: envelope,
  charts: chartError,
};

/** What must never be told: our files, our SQL, other people's secrets. */
const LEAK =
  /\bnode_modules\b|\.ts:\d+|at or near|violates \w+ constraint|\bapp_user\b|\bkube_object\b|scrypt/i;

/** What is in an object of any kind. */
const kubeObject = z.looseObject({ kind: z.string().min(1), apiVersion: z.string().min(1) });
const kubeList = z.looseObject({
  metadata: z.looseObject({ resourceVersion: z.string() }),
  items: z.array(z.unknown()),
});
const watchEvent = z.looseObject({
  type: z.enum(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']),
  object: kubeObject,
});

/**
 * What is wrong with an answer, a line each.
 *
 * @param internal names that only the back end may know
 */
export function judgeTke(
  request: TkeRequest,
  answer: FuzzAnswer,
  internal: readonly string[],
): string[] {
  const { status: code, headers, body } = answer;
  const text = body.toString('utf8');
  const faults = findLeaks(request, answer, internal);
  if (code >= 500) faults.push(`a ${code}: ${text.slice(0, 300)}`);
  if (headers['x-request-id'] === undefined) faults.push(`a ${code} without X-Request-Id`);
  if (headers['x-injected'] !== undefined) faults.push('a header was injected');
  if (request.method === 'HEAD') {
    if (body.length > 0) faults.push('a HEAD with a body');
    return faults;
  }
  if (code >= 400) faults.push(...judgeRefusal(request, code, text, headers['content-type']));
  else if (request.part === 'kube' && code < 300) faults.push(...judgeKube(request, text, answer));
  return faults;
}

function findLeaks(
  { target, headers: sent, body: sentBody }: TkeRequest,
  { status: code, headers, body }: FuzzAnswer,
  internal: readonly string[],
): string[] {
  const answered = `${JSON.stringify(headers)}\n${body.toString('latin1')}`;
  const asked = `${safeDecode(target)} ${target} ${JSON.stringify(sent)} ${sentBody?.toString('latin1') ?? ''}`;
  const named = internal
    .filter((name) => answered.includes(name) && !asked.includes(name))
    .map((name) => `a ${code} names ${name}, which nobody said`);
  // What the caller sent may come back; what it did not, not.
  const told = LEAK.exec(body.toString('utf8'))?.[0];
  if (told === undefined || asked.includes(told)) return named;
  return [...named, `a ${code} tells of ${told}: ${body.toString('utf8').slice(0, 300)}`];
}

function safeDecode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function judgeRefusal(
  { part, target, method }: TkeRequest,
  code: number,
  text: string,
  type: string | undefined,
): string[] {
  if (!/^application\/json\b/.test(type ?? '')) {
    return [`a ${code} that is not JSON: ${text.slice(0, 200)}`];
  }
  const json = findJson(text);
  const own = refusals[part].safeParse(json);
  if (own.success) {
    const said = status.safeParse(json);
    if (said.success && said.data.code !== code) return [`a ${code} that says ${said.data.code}`];
    return [];
  }
  // What leads elsewhere, or is not HTTP enough to be led anywhere, is answered as the registry's own.
  const isElsewhere =
    HTTP_LEVEL.has(code) ||
    UNREAD.test(text) ||
    !leadsTo(part, target) ||
    (code === 404 && !ROUTED.has(method));
  if (isElsewhere && [status, envelope, chartError].some((shape) => shape.safeParse(json).success))
    return [];
  return [`a ${code} in another shape than the others of ${part}: ${text.slice(0, 200)}`];
}

const prefixes: Readonly<Record<TkePart, RegExp>> = {
  kube: /^\/(?:apis?|version|openapi)(?:[/?]|$)/,
  keys: /^\/apis\//,
  gateway: /^\/apis\/gateway\.tkestack\.io\/v1\/(?:sysinfo|tokens\/info)(?:\?|$)/,
  images: /^\/v2(?:[/?]|$)/,
  token: /^\/(?:service\/token|registry\/auth)(?:\?|$)/,
  charts: /^\/(?:chart\/api\/[^/]+|api\/chartrepo\/[^/]+|chart|chartrepo)\//,
};

function leadsTo(part: TkePart, target: string): boolean {
  return prefixes[part].test(target);
}

function judgeKube(
  { target, headers }: TkeRequest,
  text: string,
  { headers: got }: FuzzAnswer,
): string[] {
  const isJson = /^application\/json\b/.test(got['content-type'] ?? '');
  if (!isJson || target.includes('/openapi/') || target.includes('/repoupdating')) return [];
  if (/[?&]watch=true/.test(target)) return judgeWatch(text);
  const json = findJson(text);
  const object = kubeObject.safeParse(json);
  const isDocument = /^\/(?:version|openapi|api\b)/.test(target);
  if (!object.success) return isDocument ? [] : [`no object: ${text.slice(0, 200)}`];
  const { kind } = object.data;
  const isTable = headers['accept']?.includes('as=') === true;
  if (!kind.endsWith('List') || isTable || kind === 'APIResourceList' || kind === 'APIGroupList')
    return [];
  return kubeList.safeParse(json).success ? [] : [`no list: ${text.slice(0, 200)}`];
}

function judgeWatch(text: string): string[] {
  // Parts of objects are not watched: they are given.
  if (kubeObject.safeParse(findJson(text)).success) return [];
  return text
    .split('\n')
    .filter((line) => line !== '' && !watchEvent.safeParse(findJson(line)).success)
    .map((line) => `no event of a watch: ${line.slice(0, 200)}`);
}

function findJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
