import type { Parts } from './compose-parts.ts';
import type { Settings } from './configuration/index.ts';
import { transact } from './db/index.ts';
import { createOutbox, type DomainEvent } from './events/index.ts';
import {
  createImmutability,
  createImmutableRuleRepository,
  createImmutableRulesService,
} from './immutability/index.ts';
import { createQuotaGate, createQuotaUsageRepository } from './quotas/index.ts';

export interface RulesPorts {
  readonly settings: () => Settings;
  /** Tells of a project whose rules changed. */
  readonly announce: (projectName: string) => Promise<void>;
}

/** What projects rule about what comes in and goes: quotas and immutable tags. */
export function composeRules(parts: Parts, { settings, announce }: RulesPorts) {
  const { db, log } = parts;
  const outbox = createOutbox();
  const usage = createQuotaUsageRepository(db);
  const quotas = createQuotaGate({
    rows: usage,
    settings: () => ({ enforced: settings().quota_per_project_enable }),
    publish: (event) => void tell(event),
  });
  const rules = createImmutableRuleRepository(db);
  const immutability = createImmutability({ rules, isTrusted: parts.hearsReplicas });

  /** No push waits for it, or fails with it. */
  async function tell(event: DomainEvent): Promise<void> {
    try {
      await transact(db, (tx) => outbox.publish(tx, [event]));
    } catch (error) {
      log.error({ err: error, type: event.type }, 'an event could not be recorded');
    }
  }

  return {
    quotas,
    usage,
    immutableRules: createImmutableRulesService({ rules, announce }),
    immutableAmong: (projectId: number, repository: string, tags: readonly string[]) =>
      immutability.immutableAmong(projectId, repository.slice(repository.indexOf('/') + 1), tags),
    forget() {
      quotas.forget();
      immutability.forget();
    },
  };
}
