import { z } from 'zod';

const ignored = z.unknown().optional();

/**
 * Harbor's parameters of a garbage collection. A misspelt `dry_run` must not delete anything, so
 * only what Harbor itself adds and reports is taken beside them, since clients send it back.
 */
export const gcParameters = z
  .strictObject({
    delete_untagged: z.boolean().default(false),
    delete_tag: z.boolean().default(false),
    dry_run: z.boolean().default(false),
    workers: z
      .int()
      .min(1, 'must be between 1 and 10')
      .max(10, 'must be between 1 and 10')
      .default(1),
    /** Ours: what was deleted can not come back any more. */
    purge_deleted: z.boolean().default(false),
    redis_url_reg: ignored,
    time_window: ignored,
    freed_space: ignored,
    purged_blobs: ignored,
    purged_manifests: ignored,
  })
  .transform(({ delete_untagged, delete_tag, dry_run, workers, purge_deleted }) => ({
    delete_untagged,
    delete_tag,
    dry_run,
    workers,
    purge_deleted,
  }));

export type GcParameters = z.output<typeof gcParameters>;
