import { describe, expect, it } from 'vitest';
import { type Delivery, eventTypeOf, payloadOf } from './delivery.ts';

function deliveryOf(extra_attrs: Record<string, unknown>): Delivery {
  return {
    id: 1,
    vendor_type: 'WEBHOOK',
    vendor_id: 2,
    status: 'Success',
    status_message: '',
    trigger: 'EVENT',
    extra_attrs,
    start_time: '2026-11-21T20:00:00.000Z',
    metrics: {
      task_count: 1,
      success_task_count: 1,
      error_task_count: 0,
      pending_task_count: 0,
      running_task_count: 0,
      scheduled_task_count: 0,
      stopped_task_count: 0,
    },
  };
}

describe('a delivery', () => {
  it('shows what was sent in lines', () => {
    const delivery = deliveryOf({ event_type: 'PUSH_ARTIFACT', payload: '{"a":{"b":1}}' });
    expect(eventTypeOf(delivery)).toBe('PUSH_ARTIFACT');
    expect(payloadOf(delivery)).toBe('{\n  "a": {\n    "b": 1\n  }\n}');
  });

  it('shows what cannot be read as it is', () => {
    expect(payloadOf(deliveryOf({ payload: '{"cut' }))).toBe('{"cut');
    expect(payloadOf(deliveryOf({}))).toBe('');
    expect(eventTypeOf(deliveryOf({ event_type: 7 }))).toBe('');
  });
});
