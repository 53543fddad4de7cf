/**
 * Something that was done, or tried. There is no field for a request's body or for a setting's
 * value: what is not here cannot leak (GHSA-prh4-vhfh-24mj).
 */
export interface AuditEntry {
  readonly projectId?: number | undefined;
  readonly operation: string;
  readonly resourceType: string;
  /** The name of what was acted on, such as `library/app:1.0`. */
  readonly resource: string;
  /** `anonymous` for those without a name. */
  readonly username: string;
  readonly description?: string | undefined;
  readonly succeeded: boolean;
  /** Of the client. */
  readonly address?: string | undefined;
  readonly requestId?: string | undefined;
  /** Now unless told. */
  readonly occurredAt?: Date | undefined;
}

/** An entry that is complete and harmless to print. */
export interface AuditRecord {
  readonly projectId: number | undefined;
  readonly operation: string;
  readonly resourceType: string;
  readonly resource: string;
  readonly username: string;
  readonly description: string;
  readonly succeeded: boolean;
  readonly address: string;
  readonly requestId: string;
  readonly occurredAt: Date;
}

/** Controls, line ends of all kinds, and what reverses the direction of the text around it. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Completes an entry, replaces what could forge a log line by U+FFFD and cuts what is too long. */
export function cleanEntry(entry: AuditEntry, now: Date): AuditRecord {
  return {
    projectId: entry.projectId,
    operation: clean(entry.operation, 50),
    resourceType: clean(entry.resourceType, 255),
    resource: clean(entry.resource, 1024),
    username: clean(entry.username, 255),
    description: clean(entry.description ?? describe(entry), 1024),
    succeeded: entry.succeeded,
    address: clean(entry.address ?? '', 64),
    requestId: clean(entry.requestId ?? '', 128),
    occurredAt: entry.occurredAt ?? now,
  };
}

/** In Harbor's words. */
function describe({ operation, resourceType, resource }: AuditEntry): string {
  return `${operation} ${resourceType} with name: ${resource}`;
}

function clean(text: string, maximum: number): string {
  return text.slice(0, maximum).toWellFormed().replaceAll(UNPRINTABLE, '\ufffd');
}
