/** What every event tells. */
interface EventBase {
  readonly projectId: number;
  /** Who made it happen: a user, a robot by its full name, `anonymous`, or `berth` itself. */
  readonly operator: string;
  readonly requestId: string;
}

/** Something that happened to an artifact; the repository by its whole name, `project/path`. */
interface ArtifactEvent extends EventBase {
  readonly repository: string;
  readonly digest: string;
  /** Tags moved to it, pulled by, or deleted with it; none for an artifact named by digest. */
  readonly tags: readonly string[];
}

/** What subscribers are told. The types are Harbor's, where Harbor has one. */
export type DomainEvent =
  | (ArtifactEvent & { readonly type: 'PUSH_ARTIFACT' | 'PULL_ARTIFACT' })
  | (ArtifactEvent & { readonly type: 'DELETE_ARTIFACT'; readonly labels: readonly string[] })
  | (EventBase & {
      readonly type: 'CREATE_TAG' | 'DELETE_TAG';
      readonly repository: string;
      readonly digest: string;
      readonly tag: string;
    })
  | (EventBase & { readonly type: 'DELETE_REPOSITORY'; readonly repository: string })
  | (EventBase & {
      readonly type: 'QUOTA_EXCEED' | 'QUOTA_WARNING';
      readonly repository: string;
      /** What was pushed, where that is known. */
      readonly digest: string | undefined;
      readonly tags: readonly string[];
      /** A sentence with the sizes. */
      readonly details: string;
    })
  /** A retention policy deleted something in the repository. */
  | (EventBase & {
      readonly type: 'TAG_RETENTION';
      readonly repository: string;
      readonly policyId: number;
      readonly total: number;
      readonly retained: number;
      /** As Harbor shows rules: template, params, tag_selectors, scope_selectors. */
      readonly rules: readonly object[];
      /** `path:tag`, or `path@digest` of what had no tag; the first 1,000. */
      readonly deleted: readonly string[];
    });

export type DomainEventType = DomainEvent['type'];

/** An event as the outbox holds it. */
export interface RecordedEvent {
  /** Grows; events of one repository are told in this order. */
  readonly id: number;
  readonly occurredAt: Date;
  readonly event: DomainEvent;
}
