import { z } from 'zod';
import { defineFields, idParam, integer, line, pageQuery, time, timestamp } from '../api/index.ts';

export const quotaParams = z.object({ id: idParam });

export const quotaListQuery = pageQuery.extend({
  reference: line(255).optional(),
  reference_id: line(255).optional(),
  /** Keys such as `hard.storage` are read as `hard_storage`. */
  sort: line(512)
    .transform((text) => text.replaceAll('.', '_'))
    .optional(),
});

/** What `sort` may use. */
export const quotaFields = defineFields({
  id: integer('quota.id'),
  creation_time: time('quota.created_at'),
  update_time: time('quota.updated_at'),
  hard_storage: integer('quota.hard_order'),
  used_storage: integer('quota.used_storage'),
});

/** Harbor's QuotaUpdateReq; there is no other resource than storage. */
export const quotaRequest = z.strictObject({
  hard: z.strictObject({ storage: z.int().optional() }).optional(),
});

const storage = z.object({ storage: z.int() });

export const quotaModel = z.object({
  id: z.int(),
  ref: z.object({ id: z.int(), name: z.string(), owner_name: z.string() }),
  hard: storage,
  used: storage,
  creation_time: timestamp,
  update_time: timestamp,
});
