import { z } from 'zod';
import { StatusError } from '../../kube/index.ts';
import { DEFAULT_SECONDS, parseExpire } from './api-key.ts';

const expire = z
  .string()
  .transform((text, context) => {
    const seconds = text === '' ? DEFAULT_SECONDS : parseExpire(text);
    if (seconds !== undefined) return seconds;
    context.addIssue({ code: 'custom', message: 'must be a duration from 1s to 100 years' });
    return z.NEVER;
  })
  .default(DEFAULT_SECONDS);

export const keyRequest = z.object({
  expire,
  description: z.string().max(1024).default(''),
});

export const passwordRequest = keyRequest.extend({
  tenantID: z.string().max(63).default(''),
  username: z.string().min(1).max(255),
  /** Base64 */
  password: z
    .base64()
    .min(1)
    .max(4096)
    .transform((text) => Buffer.from(text, 'base64').toString('utf8')),
});

/** What a changed object may say; all but `status.disabled` must be as it was. */
export const changedKey = z.object({
  metadata: z
    .object({ name: z.string().optional(), resourceVersion: z.string().optional() })
    .default({}),
  spec: z
    .object({
      apiKey: z.string().optional(),
      tenantID: z.string().optional(),
      username: z.string().optional(),
      description: z.string().optional(),
    })
    .default({}),
  status: z.object({ disabled: z.boolean().optional() }).default({}),
});

export type ChangedKey = z.infer<typeof changedKey>;

const jsonPatch = z
  .array(
    z.object({
      op: z.enum(['add', 'replace']),
      path: z.literal('/status/disabled'),
      value: z.boolean(),
    }),
  )
  .min(1);

/** A patch in any of its types as the object that it leads to. @throws StatusError 422 */
export function parsePatch(contentType: string, body: unknown): ChangedKey {
  if (!contentType.startsWith('application/json-patch+json')) return parseBody(changedKey, body);
  const disabled = parseBody(jsonPatch, body).at(-1)?.value;
  return { metadata: {}, spec: {}, status: disabled === undefined ? {} : { disabled } };
}

/** @throws StatusError 422 */
export function parseBody<T extends z.ZodType>(schema: T, body: unknown): z.output<T> {
  const parsed = schema.safeParse(body ?? {});
  if (parsed.success) return parsed.data;
  const causes = parsed.error.issues.map(({ path, message }) => ({
    reason: 'FieldValueInvalid' as const,
    message: `Invalid value: ${message}`,
    field: path.join('.'),
  }));
  const sentence = causes.map(({ field, message }) => `${field}: ${message}`).join(', ');
  throw new StatusError(422, 'Invalid', `APIKey is invalid: ${sentence}`, { details: { causes } });
}

export interface KeySelector {
  readonly field: 'metadata.name' | 'spec.username' | 'spec.tenantID' | 'spec.apiKey';
  readonly value: string;
  readonly isNegated: boolean;
}

const fields = ['metadata.name', 'spec.username', 'spec.tenantID', 'spec.apiKey'] as const;

/** @throws StatusError 400 */
export function parseSelectors(text: string): readonly KeySelector[] {
  if (text === '') return [];
  return text.split(',').map((term) => {
    const [, name = '', operator = '', value = ''] = /^([^=!]+)(==?|!=)(.*)$/s.exec(term) ?? [];
    const field = fields.find((known) => known === name);
    if (field === undefined) {
      throw new StatusError(400, 'BadRequest', `field label not supported: ${name || term}`);
    }
    return { field, value, isNegated: operator === '!=' };
  });
}
