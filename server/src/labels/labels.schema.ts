import { z } from 'zod';
import {
  defineFields,
  idParam,
  integer,
  line,
  listQuery,
  prose,
  text,
  time,
  timestamp,
  wholeParam,
} from '../api/index.ts';

export const labelParams = z.object({ label_id: idParam });

export const labelListQuery = listQuery.extend({
  name: line(255).optional(),
  /** `g` or `p`; the handler tells, as other values are 400 in Harbor. */
  scope: line(64).optional(),
  project_id: wholeParam(Number.MIN_SAFE_INTEGER).optional(),
});

/** What clients send back of what they were told. */
const ignored = z.unknown().optional();

/** Harbor's Label as a request. A name that is too long is 400: the service tells. */
export const labelRequest = z.strictObject({
  id: ignored,
  name: line(4096).default(''),
  description: prose(1024).default(''),
  color: line(64).default(''),
  scope: line(64).default(''),
  project_id: z.int().nullish(),
  creation_time: ignored,
  update_time: ignored,
});

/** Harbor's Label. */
export const labelModel = z.object({
  id: z.int(),
  name: z.string(),
  description: z.string().optional(),
  color: z.string().optional(),
  scope: z.enum(['g', 'p']),
  project_id: z.int().optional(),
  creation_time: timestamp,
  update_time: timestamp,
});

/** What `q` and `sort` of a list of labels may use. */
export const labelFields = defineFields({
  id: integer('label.id'),
  name: text('label.name'),
  description: text('label.description'),
  color: text('label.color'),
  creation_time: time('label.created_at'),
  update_time: time('label.updated_at'),
});
