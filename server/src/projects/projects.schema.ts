import { z } from 'zod';

/** Harbor's ProjectReq, the fields this version knows. */
export const projectRequest = z.strictObject({
  project_name: z.string(),
  public: z.boolean().nullish(),
  metadata: z
    .strictObject({ public: z.enum(['true', 'false'], 'must be "true" or "false"').optional() })
    .nullish(),
});

const whole = (minimum: number, maximum: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= minimum && value <= maximum, `must be ${minimum} to ${maximum}`);

export const projectListQuery = z.object({
  page: whole(1, 1_000_000).default(1),
  page_size: whole(1, 100).default(10),
  name: z.string().max(255).optional(),
  public: z.enum(['true', 'false', '1', '0']).optional(),
});

/** Without a name no project is asked for, and none is found. */
export const projectHeadQuery = z.object({ project_name: z.string().default('') });
