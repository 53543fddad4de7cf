import type { Operation } from './ledger.ts';
import type { Delivery } from './receiver.ts';

/** Ids of acknowledged operations that the receiver has not been told of yet. */
export function findUntold(
  operations: readonly Operation[],
  deliveries: readonly Delivery[],
): string[] {
  const told = new Set(deliveries.filter(isTaken).map(({ requestId }) => requestId));
  return operations
    .filter(({ isAcknowledged }) => isAcknowledged)
    .flatMap(({ id }) => (told.has(id) ? [] : id));
}

/**
 * Holds what a receiver was told against what was done: all that was acknowledged, nothing that
 * was refused, each once but for marked retries, and of each repository in order. Operations that
 * ran at the same time may come in any order, and those that nobody knows the end of may be told.
 *
 * @returns what is wrong
 */
export function checkDeliveries(
  operations: readonly Operation[],
  deliveries: readonly Delivery[],
): string[] {
  return [
    ...findUntold(operations, deliveries).map((id) => `nobody was told of ${id}`),
    ...checkSubjects(new Map(operations.map((one) => [one.id, one])), deliveries),
    ...checkRepeats(deliveries),
    ...checkOrder(operations, deliveries),
  ];
}

function isTaken({ status }: Delivery): boolean {
  return status < 300;
}

function checkSubjects(
  operations: ReadonlyMap<string, Operation>,
  deliveries: readonly Delivery[],
): string[] {
  return deliveries.flatMap(({ requestId, type, repository, task }) => {
    const operation = operations.get(requestId);
    if (operation === undefined) return `task ${task} tells of the unknown ${requestId}`;
    if (operation.isRefused) return `task ${task} tells of ${requestId}, which was refused`;
    const { fact } = operation;
    if (fact.event === type && fact.repository === repository) return [];
    return `${requestId} was told as ${type} of ${repository}`;
  });
}

/** One task for each operation, tried again only with a higher number. */
function checkRepeats(deliveries: readonly Delivery[]): string[] {
  const tasks = new Map<string, number>();
  const attempts = new Map<number, number>();
  const faults: string[] = [];
  for (const { requestId, task, attempt } of deliveries) {
    const first = tasks.get(requestId) ?? task;
    if (first !== task) faults.push(`${requestId} is told by task ${first} and by ${task}`);
    tasks.set(requestId, first);
    const before = attempts.get(task) ?? 0;
    if (attempt <= before) faults.push(`task ${task} came as attempt ${attempt} after ${before}`);
    attempts.set(task, Math.max(before, attempt));
  }
  return faults;
}

function checkOrder(operations: readonly Operation[], deliveries: readonly Delivery[]): string[] {
  const acknowledged = new Map(
    operations.filter((one) => one.isAcknowledged).map((one) => [one.id, one]),
  );
  const seen = new Set<string>();
  const latest = new Map<string, Operation>();
  const faults: string[] = [];
  for (const { requestId } of deliveries.filter(isTaken)) {
    const operation = acknowledged.get(requestId);
    if (operation === undefined || seen.has(requestId)) continue;
    seen.add(requestId);
    const { repository } = operation.fact;
    const before = latest.get(repository);
    if (before !== undefined && operation.end < before.start) {
      faults.push(`${repository}: ${requestId} ended before ${before.id} began, but came later`);
    }
    if (before === undefined || operation.start > before.start) latest.set(repository, operation);
  }
  return faults;
}
