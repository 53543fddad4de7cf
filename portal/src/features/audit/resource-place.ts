import { splitRepository } from '../../lib/reference.ts';
import type { AuditEntry } from './log-filters.ts';

/** Where a thing is shown. */
export interface ResourcePlace {
  readonly project: string;
  /** `app:1.0`; absent: the project itself. */
  readonly reference?: string;
}

/** Where what an entry names is shown; undefined for what is gone, or has no page by that name. */
export function findPlace(entry: AuditEntry): ResourcePlace | undefined {
  const { resource, resource_type: type, operation, operation_result: isDone } = entry;
  if (!isDone || operation === 'delete') return undefined;
  if (type === 'project') return { project: resource };
  if ((type !== 'artifact' && type !== 'repository') || !/^[^/]+\/./.test(resource)) {
    return undefined;
  }
  const { project, repository } = splitRepository(resource);
  return { project, reference: repository };
}
