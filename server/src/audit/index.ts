export {
  type AuditEventType,
  auditEventTypes,
  isAuditEventType,
  OTHER_EVENTS,
} from './audit.events.ts';
export {
  createPurgeJob,
  newPurge,
  type PurgeParameters,
  purgeParameters,
} from './audit.job.ts';
export { type AuditRepository, createAuditRepository } from './audit.repository.ts';
export { auditRoutes } from './audit.routes.ts';
export {
  type AuditPorts,
  type AuditPurge,
  type AuditService,
  createAuditService,
} from './audit.service.ts';
export type { AuditEntry } from './audit-entry.ts';
export {
  type AuditSettings,
  type AuditTrail,
  createAuditTrail,
} from './audit-trail.ts';
export { createPullTally, type Pull, type PullTally } from './pull-tally.ts';
export { parseSyslogEndpoint } from './syslog.ts';
export { checkReachable, type SyslogConnectOptions } from './syslog-connection.ts';
export { createSyslogForwarder, type SyslogForwarder } from './syslog-forwarder.ts';
