import type { Answer } from '../../lib/api.ts';

export type Delivery = Answer<'ListExecutionsOfWebhookPolicy'>[number];
export type DeliveryTask = Answer<'ListTasksOfWebhookExecution'>[number];

export const STATUSES = ['Running', 'Success', 'Error', 'Stopped'] as const;

/** What happened, in the word that the API has; '' if it does not tell. */
export function eventTypeOf({ extra_attrs: attributes }: Delivery): string {
  return textOf(attributes['event_type']);
}

/** What was sent, in lines; what is no JSON is as it is. */
export function payloadOf({ extra_attrs: attributes }: Delivery): string {
  const payload = textOf(attributes['payload']);
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
