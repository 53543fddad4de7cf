import { numberOf, parseParameters, type RunParameters } from '../../lib/system-job.ts';

/** What a collection can be told. */
export interface GcOptions {
  readonly deleteUntagged: boolean;
  readonly purgeDeleted: boolean;
  /** undefined while the field is empty. */
  readonly workers: number | undefined;
}

export const MOST_WORKERS = 10;

/** Those of a schedule; without one, those that the API would take. */
export function parseGcOptions(json: string | undefined): GcOptions {
  const parameters = parseParameters(json ?? '');
  return {
    deleteUntagged: parameters['delete_untagged'] === true,
    purgeDeleted: parameters['purge_deleted'] === true,
    workers: numberOf(parameters, 'workers') || 1,
  };
}

/** As the API takes them; undefined for a wrong number of workers. */
export function presentGcOptions(options: GcOptions): RunParameters | undefined {
  const { deleteUntagged, purgeDeleted, workers } = options;
  if (!Number.isInteger(workers) || workers === undefined) return undefined;
  if (workers < 1 || workers > MOST_WORKERS) return undefined;
  return { delete_untagged: deleteUntagged, purge_deleted: purgeDeleted, workers };
}
