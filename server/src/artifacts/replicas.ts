import { sql } from 'kysely';
import { z } from 'zod';
import type { Database, Notifications } from '../db/index.ts';
import type { Log } from '../telemetry/index.ts';
import {
  applyInvalidation,
  type InvalidationMessage,
  type InvalidationTargets,
} from './invalidation.ts';

export const INVALIDATION_CHANNEL = 'berth_invalidation';

/** PostgreSQL takes 8,000 bytes; what does not fit is told as a change of the whole repository. */
const MAX_PAYLOAD_BYTES = 7_900;

const message = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('manifests'),
    repository: z.string(),
    names: z.array(z.string()),
  }),
  z.strictObject({ kind: z.literal('blob'), repository: z.string(), digest: z.string() }),
  z.strictObject({ kind: z.literal('repository'), name: z.string() }),
  z.strictObject({ kind: z.literal('project'), name: z.string() }),
  z.strictObject({ kind: z.literal('user'), id: z.number() }),
  z.strictObject({ kind: z.literal('robot'), id: z.number() }),
  z.strictObject({ kind: z.literal('configuration') }),
]);

/**
 * Sends to the other replicas what changed here. After the commit, not in it: a NOTIFY inside a
 * transaction makes all commits of the database wait for each other (ADR 0005).
 */
export function createPublisher(db: Database): (message: InvalidationMessage) => Promise<void> {
  return async (change) => {
    const payload = JSON.stringify(change);
    const fits = Buffer.byteLength(payload) <= MAX_PAYLOAD_BYTES;
    const sent = fits ? payload : JSON.stringify(wider(change));
    await sql`SELECT pg_notify(${INVALIDATION_CHANNEL}, ${sent})`.execute(db);
  };
}

function wider(change: InvalidationMessage): InvalidationMessage {
  return 'repository' in change ? { kind: 'repository', name: change.repository } : change;
}

/** Applies what other replicas tell; what was missed while the connection was down voids all. */
export function followReplicas(
  notifications: Notifications,
  targets: InvalidationTargets,
  log: Log,
): void {
  notifications.onUp(() => targets.forgetAll());
  notifications.onMessage((payload) => {
    const change = parseMessage(payload);
    if (change !== undefined) {
      applyInvalidation(change, targets);
      return;
    }
    log.warn({ payload: payload.slice(0, 200) }, 'unknown invalidation message');
    targets.forgetAll();
  });
}

function parseMessage(payload: string): InvalidationMessage | undefined {
  try {
    return message.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
