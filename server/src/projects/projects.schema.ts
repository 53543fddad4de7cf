import { z } from 'zod';

const off = z.literal('false', 'is not supported yet; leave it out or say "false"').optional();

/** Harbor's ProjectReq. What this version cannot do is refused, not ignored. */
export const projectRequest = z.strictObject({
  project_name: z.string(),
  public: z.boolean().nullish(),
  metadata: z
    .strictObject({
      public: z.enum(['true', 'false'], 'must be "true" or "false"').optional(),
      enable_content_trust: off,
      enable_content_trust_cosign: off,
      prevent_vul: off,
      auto_scan: off,
      auto_sbom_generation: off,
    })
    .nullish(),
  storage_limit: z
    .union([z.literal(-1), z.literal(0)], 'quotas are not supported yet; leave it out or say -1')
    .nullish(),
  registry_id: z.literal(0, 'proxy caches are not supported yet; leave it out').nullish(),
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
  name: z
    .string()
    .regex(/^[^\p{Cc}]{0,255}$/u, 'must be part of a name')
    .optional(),
  public: z.enum(['true', 'false', '1', '0']).optional(),
});

/** Without a name no project is asked for, and none is found. */
export const projectHeadQuery = z.object({ project_name: z.string().default('') });
