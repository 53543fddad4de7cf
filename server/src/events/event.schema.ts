import { z } from 'zod';
import type { DomainEvent } from './event.ts';

const base = {
  projectId: z.int(),
  operator: z.string(),
  requestId: z.string(),
  repository: z.string(),
};
const artifact = { ...base, digest: z.string(), tags: z.array(z.string()) };

const eventSchema = z.discriminatedUnion('type', [
  z.object({ ...artifact, type: z.enum(['PUSH_ARTIFACT', 'PULL_ARTIFACT']) }),
  z.object({ ...artifact, type: z.literal('DELETE_ARTIFACT'), labels: z.array(z.string()) }),
  z.object({
    ...base,
    type: z.enum(['CREATE_TAG', 'DELETE_TAG']),
    digest: z.string(),
    tag: z.string(),
  }),
  z.object({ ...base, type: z.literal('DELETE_REPOSITORY') }),
  z
    .object({
      ...artifact,
      type: z.enum(['QUOTA_EXCEED', 'QUOTA_WARNING']),
      digest: z.string().optional(),
      details: z.string(),
    })
    // JSON has no undefined.
    .transform((event) => ({ ...event, digest: event.digest })),
  z.object({
    ...base,
    type: z.literal('TAG_RETENTION'),
    policyId: z.int(),
    total: z.int(),
    retained: z.int(),
    rules: z.array(z.looseObject({})),
    deleted: z.array(z.string()),
  }),
]);

/**
 * An event as the outbox holds it; undefined when it is none that this version knows, such as one
 * of a newer version.
 */
export function parseEvent(payload: unknown): DomainEvent | undefined {
  const result = eventSchema.safeParse(payload);
  return result.success ? result.data : undefined;
}
