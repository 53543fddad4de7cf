import { usernameOf } from './access/index.ts';
import { createPullRecorder, createPullStatsRepository } from './artifacts/index.ts';
import type { composeAudit } from './compose-audit.ts';
import type { Parts } from './compose-parts.ts';
import type { composeRules } from './compose-rules.ts';
import type { composeWork } from './compose-work.ts';
import type { Settings } from './configuration/index.ts';
import type { ContentEvent, DistributionEvents } from './distribution/index.ts';

export interface EventParts {
  readonly audit: ReturnType<typeof composeAudit>;
  readonly rules: ReturnType<typeof composeRules>;
  readonly work: ReturnType<typeof composeWork>;
  readonly settings: () => Settings;
}

/** Who hears of pushes and pulls through `/v2`. */
export function composeEvents({ db, log }: Parts, { audit, rules, work, settings }: EventParts) {
  const pulls = createPullRecorder({ log, settings, rows: createPullStatsRepository(db) });
  const { pullEvents } = work.webhooks;

  async function warn(event: ContentEvent): Promise<void> {
    const { repository, digest, principal, requestId } = event;
    const actor = { name: usernameOf(principal), requestId };
    const tags = tagsOf(event);
    try {
      await rules.quotas.warnIfNear(event.projectId, { repository, digest, tags, actor });
    } catch (error) {
      log.warn({ err: error }, 'the quota could not be looked at after a push');
    }
  }

  const events: DistributionEvents = {
    pulled(event) {
      audit.events.pulled(event);
      const { projectId, repository, digest, requestId } = event;
      const tags = tagsOf(event);
      pulls.pulled({ repository, digest, tag: tags[0] });
      const operator = usernameOf(event.principal);
      const type = 'PULL_ARTIFACT';
      pullEvents.pulled({ type, projectId, repository, digest, tags, operator, requestId });
    },
    pushed(event) {
      work.wake();
      void warn(event);
      return audit.events.pushed(event);
    },
    deleted(event) {
      work.wake();
      return audit.events.deleted(event);
    },
  };
  return { events, pulls };
}

/** The tag that the client named, if it did not name the digest. */
function tagsOf({ reference }: ContentEvent): readonly string[] {
  return reference.includes(':') ? [] : [reference];
}
