import { api, type Listed, many, one } from '../../lib/api.ts';
import { contains, type ListState } from '../../lib/list-state.ts';

export interface ProjectQuota {
  /** Undefined where it was found by its project. */
  readonly id: number | undefined;
  readonly projectId: number;
  readonly project: string;
  readonly owner: string;
  readonly used: number;
  readonly hard: number;
}

/**
 * Quotas, or those of projects with a part of a name: the API finds quotas by no name, projects
 * come with theirs.
 */
export function listQuotas(list: ListState, signal: AbortSignal): Promise<Listed<ProjectQuota>> {
  const q = contains('name', list.filter('name'));
  return q === undefined ? listAll(list, signal) : listNamed(list, q, signal);
}

async function listAll(list: ListState, signal: AbortSignal): Promise<Listed<ProjectQuota>> {
  const { items, total } = await many(
    api.GET('/api/v2.0/quotas', {
      params: {
        query: {
          reference: 'project',
          page: list.page,
          page_size: list.size,
          ...(list.sort !== undefined && { sort: list.sort }),
        },
      },
      signal,
    }),
  );
  const quotas = items.map(({ id, ref, hard, used }) => ({
    id,
    projectId: ref.id,
    project: ref.name,
    owner: ref.owner_name,
    used: used.storage,
    hard: hard.storage,
  }));
  return { items: quotas, total };
}

async function listNamed(
  list: ListState,
  q: string,
  signal: AbortSignal,
): Promise<Listed<ProjectQuota>> {
  const { items, total } = await many(
    api.GET('/api/v2.0/projects', {
      params: {
        query: { q, with_quota: true, sort: 'name', page: list.page, page_size: list.size },
      },
      signal,
    }),
  );
  const quotas = items.map(({ project_id: projectId, name, owner_name: owner, quota }) => ({
    id: undefined,
    projectId,
    project: name,
    owner: owner ?? '',
    used: quota?.used.storage ?? 0,
    hard: quota?.hard.storage ?? -1,
  }));
  return { items: quotas, total };
}

/** The id of a project's quota. @throws Error when there is none any more */
export async function getQuotaId({ id, projectId }: ProjectQuota): Promise<number> {
  if (id !== undefined) return id;
  const query = { reference: 'project', reference_id: String(projectId) };
  const [quota] = await one(api.GET('/api/v2.0/quotas', { params: { query } }));
  if (quota === undefined) throw new Error('the project has no quota any more');
  return quota.id;
}
