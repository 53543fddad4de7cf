import { narrowToAll, usernameOf } from './access/index.ts';
import { artifactName } from './artifacts/index.ts';
import {
  createAuditRepository,
  createAuditService,
  createAuditTrail,
  createPullTally,
  createSyslogForwarder,
} from './audit/index.ts';
import type { Parts } from './compose-parts.ts';
import type { Settings } from './configuration/index.ts';
import type { DistributionEvents, ManifestEvent } from './distribution/index.ts';
import { createMembershipRepository, listPermittedProjectIds } from './projects/index.ts';

/** The audit log, and what it hears of the registry. */
export function composeAudit({ db, log, metrics }: Parts, settings: () => Settings) {
  const rows = createAuditRepository(db);
  const forwarder = createSyslogForwarder({ log, metrics });
  const trail = createAuditTrail({
    rows,
    log,
    metrics,
    settings: () => Promise.resolve(auditSettings(settings())),
    forward: (records, endpoint) => forwarder.forward(records, endpoint),
  });
  const tally = createPullTally((entry) => trail.note(entry));
  const memberships = createMembershipRepository(db);
  const service = createAuditService({
    rows,
    listProjectIds: (principal) =>
      listPermittedProjectIds(memberships, narrowToAll(principal), {
        resource: 'log',
        action: 'list',
      }),
  });
  const record = (operation: string, event: ManifestEvent) =>
    trail.record({
      operation,
      resourceType: 'artifact',
      resource: artifactName(event.repository, event.reference),
      projectId: event.projectId,
      username: usernameOf(event.principal),
      succeeded: true,
      address: event.address,
      requestId: event.requestId,
    });
  const events: DistributionEvents = {
    pulled: (event) => tally.count({ ...event, username: usernameOf(event.principal) }),
    pushed: (event) => record('create', event),
    deleted: (event) => record('delete', event),
  };
  return {
    trail,
    service,
    events,
    async stop() {
      tally.flush();
      await trail.flush();
      await forwarder.stop();
    },
  };
}

function auditSettings(settings: Settings) {
  return {
    disabledEventTypes: settings.disabled_audit_log_event_types
      .split(',')
      .map((type) => type.trim())
      .filter((type) => type !== ''),
    pullDisabled: settings.pull_audit_log_disable,
    forwardEndpoint: settings.audit_log_forward_endpoint,
    skipDatabase: settings.skip_audit_log_database,
  };
}
