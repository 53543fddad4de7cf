import { z } from 'zod';
import { timestamp } from '../api/index.ts';

/** Harbor's AuditLog. */
export const auditLog = z.object({
  id: z.int(),
  username: z.string(),
  resource: z.string(),
  resource_type: z.string(),
  operation: z.string(),
  op_time: timestamp,
});

/** Harbor's AuditLogExt. */
export const auditLogExt = auditLog.extend({
  operation_description: z.string(),
  operation_result: z.boolean(),
});

export const auditEvent = z.object({ event_type: z.string() });
