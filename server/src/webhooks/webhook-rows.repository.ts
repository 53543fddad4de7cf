import type { Database, DatabaseTransaction } from '../db/index.ts';
import {
  isPayloadFormat,
  isTargetType,
  isWebhookEventType,
  type WebhookEventType,
  type WebhookTarget,
} from './webhook-policy.ts';

interface TargetRow {
  readonly id: string;
  readonly type: string;
  readonly address: string;
  readonly payload_format: string;
  readonly skip_cert_verify: boolean;
  readonly auth_header: string | null;
  readonly secret: string | null;
}

export function selectTargets(db: Database | DatabaseTransaction) {
  return db
    .selectFrom('webhook_target')
    .select([
      'webhook_target.id',
      'webhook_target.policy_id',
      'webhook_target.type',
      'webhook_target.address',
      'webhook_target.payload_format',
      'webhook_target.skip_cert_verify',
      'webhook_target.auth_header',
      'webhook_target.secret',
    ]);
}

/** The targets of each policy, in their order. */
export async function loadTargets(
  db: Database | DatabaseTransaction,
  policyIds: readonly number[],
): Promise<Map<number, WebhookTarget[]>> {
  const targets = new Map<number, WebhookTarget[]>();
  if (policyIds.length === 0) return targets;
  const rows = await selectTargets(db)
    .where('policy_id', 'in', policyIds)
    .orderBy('policy_id')
    .orderBy('position')
    .execute();
  for (const row of rows) {
    const known = targets.get(row.policy_id) ?? [];
    targets.set(row.policy_id, [...known, toTarget(row)]);
  }
  return targets;
}

export function toTarget(row: TargetRow): WebhookTarget {
  return {
    id: row.id,
    // Both are written by us alone; what a later version wrote is told in the plainest way.
    type: isTargetType(row.type) ? row.type : 'http',
    payloadFormat: isPayloadFormat(row.payload_format) ? row.payload_format : '',
    address: row.address,
    skipCertVerify: row.skip_cert_verify,
    authHeader: row.auth_header ?? undefined,
    secret: row.secret ?? undefined,
  };
}

/** Leaves out what only a later version knows. */
export function parseEventTypes(texts: readonly string[]): WebhookEventType[] {
  return texts.filter(isWebhookEventType);
}

export async function insertTargets(
  tx: DatabaseTransaction,
  policyId: number,
  targets: readonly WebhookTarget[],
): Promise<void> {
  if (targets.length === 0) return;
  await tx
    .insertInto('webhook_target')
    .values(targets.map((target, position) => columnsOf(policyId, target, position)))
    .execute();
}

/** Makes these the targets of the policy. */
export async function putTargets(
  tx: DatabaseTransaction,
  policyId: number,
  targets: readonly WebhookTarget[],
): Promise<void> {
  await tx.deleteFrom('webhook_target').where('policy_id', '=', policyId).execute();
  await insertTargets(tx, policyId, targets);
}

function columnsOf(policyId: number, target: WebhookTarget, position: number) {
  return {
    id: target.id,
    policy_id: policyId,
    position,
    type: target.type,
    address: target.address,
    payload_format: target.payloadFormat,
    skip_cert_verify: target.skipCertVerify,
    auth_header: target.authHeader ?? null,
    secret: target.secret ?? null,
  };
}
