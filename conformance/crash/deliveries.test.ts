import { describe, expect, it } from 'vitest';
import { checkDeliveries } from './deliveries.ts';
import type { Operation } from './ledger.ts';
import type { Delivery } from './receiver.ts';

const fact = { op: 'put', repository: 'p/a', event: 'PUSH_ARTIFACT' } as const;

/** Acknowledged, from `start` to `start + length`. */
function operation(start: number, length = 0, change: Partial<Operation> = {}): Operation {
  const end = start + length;
  const state = { isAcknowledged: true, isRefused: false, histories: new Set<never>() };
  return { id: `op-${start}`, fact, start, end, ...state, ...change };
}

function delivery(start: number, change: Partial<Delivery> = {}): Delivery {
  return {
    task: start,
    attempt: 1,
    type: fact.event,
    requestId: `op-${start}`,
    repository: fact.repository,
    reference: 'latest',
    status: 200,
    ...change,
  };
}

describe('the judge of deliveries', () => {
  it('accepts all in order, with marked retries, and with or without what nobody knows', () => {
    const unknown = operation(3, 0, { isAcknowledged: false });
    const operations = [operation(1), operation(2), unknown];
    const again = delivery(1, { attempt: 2 });
    expect(checkDeliveries(operations, [delivery(1, { status: 503 }), again, delivery(2)])).toEqual(
      [],
    );
    expect(checkDeliveries(operations, [delivery(1), again, delivery(2), delivery(3)])).toEqual([]);
  });

  it('lets operations that ran at the same time come in either order', () => {
    const operations = [operation(1, 5), operation(2, 1)];
    expect(checkDeliveries(operations, [delivery(2), delivery(1)])).toEqual([]);
  });

  it.each<[string, Operation[], Delivery[], string]>([
    ['a lost one', [operation(1)], [], 'nobody was told of op-1'],
    [
      'one that the receiver only ever refused',
      [operation(1)],
      [delivery(1, { status: 503 })],
      'nobody was told of op-1',
    ],
    [
      'one that was refused by the registry',
      [operation(1, 0, { isAcknowledged: false, isRefused: true })],
      [delivery(1)],
      'task 1 tells of op-1, which was refused',
    ],
    ['one that nobody made', [], [delivery(1)], 'task 1 tells of the unknown op-1'],
    [
      'another event than it was',
      [operation(1)],
      [delivery(1, { type: 'DELETE_ARTIFACT' })],
      'op-1 was told as DELETE_ARTIFACT of p/a',
    ],
    [
      'a repetition without a mark',
      [operation(1)],
      [delivery(1), delivery(1)],
      'task 1 came as attempt 1 after 1',
    ],
    [
      'a second telling',
      [operation(1)],
      [delivery(1), delivery(1, { task: 7 })],
      'op-1 is told by task 1 and by 7',
    ],
    [
      'a wrong order',
      [operation(1), operation(2)],
      [delivery(2), delivery(1)],
      'p/a: op-1 ended before op-2 began, but came later',
    ],
  ])('objects to %s', (_what, operations, deliveries, fault) => {
    expect(checkDeliveries(operations, deliveries)).toEqual([fault]);
  });
});
