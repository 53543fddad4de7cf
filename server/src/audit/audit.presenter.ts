import type { AuditLog } from './audit.repository.ts';

/** Harbor's AuditLog. */
export function presentAuditLog(entry: AuditLog) {
  return {
    id: entry.id,
    username: entry.username,
    resource: entry.resource,
    resource_type: entry.resourceType,
    operation: entry.operation,
    op_time: entry.occurredAt.toISOString(),
  };
}

/** Harbor's AuditLogExt. */
export function presentAuditLogExt(entry: AuditLog) {
  return {
    ...presentAuditLog(entry),
    operation_description: entry.description,
    operation_result: entry.succeeded,
  };
}
