import { randomUUID } from 'node:crypto';
import { AppError } from '../lib/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import type { CheckedTarget } from './policy-rules.ts';
import { targetContext, type WebhookTarget } from './webhook-policy.ts';

/** Stands for a secret in answers; sent back, it means the stored one. */
export const MASK = '******';

/**
 * The targets of a policy with their secrets sealed. One that was there before keeps its id: the
 * one with the same address, else the one at the same place.
 *
 * @throws AppError invalid when an `auth_header` is masked that was never stored, or was for
 *   another origin: it must not be sent to whoever the new address belongs to
 */
export function sealTargets(
  box: Pick<SecretBox, 'seal'>,
  targets: readonly CheckedTarget[],
  stored: readonly WebhookTarget[],
): WebhookTarget[] {
  const predecessors = findPredecessors(targets, stored);
  return targets.map((target, index) => {
    const { authHeader, secret, ...address } = target;
    const before = predecessors[index];
    const id = before?.id ?? randomUUID();
    return {
      ...address,
      id,
      authHeader:
        authHeader === MASK
          ? keepAuthHeader(target, before)
          : sealed(box, authHeader, targetContext(id, 'auth_header')),
      // Never sent, unlike the header: it may stay wherever the target goes.
      secret:
        secret === undefined || secret === MASK
          ? before?.secret
          : sealed(box, secret, targetContext(id, 'secret')),
    };
  });
}

function sealed(box: Pick<SecretBox, 'seal'>, text: string, context: string): string | undefined {
  return text === '' ? undefined : box.seal(text, context);
}

function keepAuthHeader(target: CheckedTarget, before: WebhookTarget | undefined): string {
  const kept = before?.authHeader;
  const isSameOrigin =
    before !== undefined && new URL(before.address).origin === new URL(target.address).origin;
  if (kept !== undefined && isSameOrigin) return kept;
  throw new AppError('invalid', 'auth_header must be given anew for a new address');
}

function findPredecessors(
  targets: readonly CheckedTarget[],
  stored: readonly WebhookTarget[],
): (WebhookTarget | undefined)[] {
  const free = new Set(stored);
  const take = (found: WebhookTarget | undefined) => {
    if (found !== undefined) free.delete(found);
    return found;
  };
  const exact = targets.map((target) => take([...free].find((before) => isSame(target, before))));
  return exact.map((found, index) => {
    const atPlace = stored[index];
    return found ?? take(atPlace !== undefined && free.has(atPlace) ? atPlace : undefined);
  });
}

function isSame(target: CheckedTarget, before: WebhookTarget): boolean {
  return before.type === target.type && before.address === target.address;
}
