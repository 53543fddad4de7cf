import { api, type Listed, many } from '../../lib/api.ts';
import type { AuditEntry } from './log-filters.ts';

export interface LogPage {
  readonly page: number;
  readonly page_size: number;
  readonly sort?: string;
  readonly q?: string;
}

/** Entries of a project, or all that the reader may see. */
export function listEntries(
  project: string | undefined,
  query: LogPage,
  signal: AbortSignal,
): Promise<Listed<AuditEntry>> {
  if (project === undefined) {
    return many(api.GET('/api/v2.0/auditlog-exts', { params: { query }, signal }));
  }
  return many(
    api.GET('/api/v2.0/projects/{project_name}/auditlog-exts', {
      params: { path: { project_name: project }, query },
      signal,
    }),
  );
}
