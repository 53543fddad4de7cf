/** What the configuration can turn off and a purge can name, in Harbor's words. */
export const auditEventTypes = [
  'create_artifact',
  'delete_artifact',
  'pull_artifact',
  'create_tag',
  'delete_tag',
  'create_project',
  'update_project',
  'delete_project',
  'delete_repository',
  'login_user',
  'logout_user',
  'create_user',
  'update_user',
  'delete_user',
  'create_robot',
  'delete_robot',
  'create_member',
  'update_member',
  'delete_member',
  'update_configuration',
] as const;

export type AuditEventType = (typeof auditEventTypes)[number];

/**
 * Stands, when purging, for every event that is not one of `artifactEvents`: Harbor's forms offer
 * those three and this one.
 */
export const OTHER_EVENTS = 'other';

const artifactEvents: ReadonlySet<string> = new Set<AuditEventType>([
  'create_artifact',
  'delete_artifact',
  'pull_artifact',
]);

export const PULL_EVENT = 'pull_artifact' satisfies AuditEventType;

const known: ReadonlySet<string> = new Set(auditEventTypes);

export function isAuditEventType(text: string): text is AuditEventType {
  return known.has(text);
}

/** Whether a purge can name it. */
export function isPurgeable(text: string): boolean {
  return text === OTHER_EVENTS || isAuditEventType(text);
}

export interface AuditEvent {
  readonly operation: string;
  readonly resourceType: string;
}

/** Harbor's name for what happened: `create` of an `artifact` is `create_artifact`. */
export function nameEvent({ operation, resourceType }: AuditEvent): string {
  return `${operation}_${resourceType}`;
}

/** Whether `event` is among `names`, with `other` among them. */
export function isNamedIn(names: ReadonlySet<string>, event: AuditEvent): boolean {
  const name = nameEvent(event);
  return names.has(name) || (names.has(OTHER_EVENTS) && !artifactEvents.has(name));
}
