import type { Sort } from '../db/index.ts';
import { AppError, followUp } from '../lib/index.ts';
import type { Quota, QuotaRepository } from './quota.repository.ts';

/** 1 PiB, in bytes. */
const MAX_STORAGE = 2 ** 50;

export interface QuotaFilter {
  /** What the quota is of; there are only those of a `project`. */
  readonly reference?: string | undefined;
  /** The id of the project, as text. */
  readonly referenceId?: string | undefined;
}

export interface QuotasService {
  listQuotas(
    filter: QuotaFilter,
    sorts: readonly Sort[],
    page: { offset: number; limit: number },
  ): Promise<{ quotas: Quota[]; total: number }>;
  /** @throws AppError not-found */
  getQuota(id: number): Promise<Quota>;
  /**
   * @param bytes -1 is without limit
   * @throws AppError invalid, not-found
   */
  updateHardStorage(id: number, bytes: number | undefined): Promise<Quota>;
}

/** @param announce tells whoever remembers the limits of a project, by name; here and elsewhere */
export function createQuotasService(
  quotas: QuotaRepository,
  announce: (project: string) => Promise<void> = () => Promise.resolve(),
): QuotasService {
  async function getQuota(id: number): Promise<Quota> {
    const quota = await quotas.find(id);
    if (quota === undefined) throw new AppError('not-found', `quota ${id} not found`);
    return quota;
  }

  return {
    async listQuotas({ reference = 'project', referenceId }, sorts, page) {
      const isPossible = /^\d{1,15}$/.test(referenceId ?? '0');
      if (reference !== 'project' || !isPossible) return { quotas: [], total: 0 };
      const projectId = referenceId === undefined ? undefined : Number(referenceId);
      return quotas.list({ projectId }, sorts, page);
    },
    getQuota,
    async updateHardStorage(id, bytes) {
      const quota = await getQuota(id);
      if (bytes === undefined || !isLimit(bytes)) {
        throw new AppError('invalid', `hard.storage must be -1, or 1 to ${MAX_STORAGE} bytes`);
      }
      await followUp(
        () => quotas.updateHardStorage(id, bytes),
        () => announce(quota.projectName),
      );
      return { ...quota, hardStorage: bytes };
    },
  };
}

function isLimit(bytes: number): boolean {
  return bytes === -1 || (bytes > 0 && bytes <= MAX_STORAGE);
}
