import { sql } from 'kysely';
import { z } from 'zod';
import type { Database } from '../db/index.ts';
import type { Changes } from './changes.ts';

export const LIVE_CHANNEL = 'berth_live';

/** PostgreSQL takes 8,000 bytes; of what does not fit, only that there was something is told. */
const MAX_PAYLOAD_BYTES = 7_900;

const message = z.strictObject({
  /** The process that tells, which hears itself too. */
  from: z.string(),
  changes: z.union([
    z.literal('any'),
    z.strictObject({ signals: z.array(z.string()), projectIds: z.array(z.number()) }),
  ]),
});

export type ReplicaMessage = z.output<typeof message>;

/** In a statement of its own, after the commit (ADR 0005). */
export async function sendChanges(db: Database, from: string, changes: Changes): Promise<void> {
  const whole = JSON.stringify({
    from,
    changes: { signals: [...changes.signals], projectIds: [...changes.projectIds] },
  } satisfies ReplicaMessage);
  const any = JSON.stringify({ from, changes: 'any' } satisfies ReplicaMessage);
  const payload = Buffer.byteLength(whole) <= MAX_PAYLOAD_BYTES ? whole : any;
  await sql`SELECT pg_notify(${LIVE_CHANNEL}, ${payload})`.execute(db);
}

/** Undefined for what a newer version may send. */
export function parseMessage(payload: string): ReplicaMessage | undefined {
  try {
    return message.safeParse(JSON.parse(payload)).data;
  } catch {
    return undefined;
  }
}
