import { z } from 'zod';
import type { JobTrigger, NewExecution, VendorType } from '../jobs/index.ts';
import type { TargetType } from './webhook-policy.ts';

/** The kinds of work that deliver. */
export const deliveryVendors = ['WEBHOOK', 'SLACK'] as const satisfies readonly VendorType[];

export type DeliveryVendor = (typeof deliveryVendors)[number];

/** What a task keeps: no secret, and not where it goes, which is looked up when it is sent. */
const delivery = z.object({
  targetId: z.uuid(),
  eventType: z.string(),
  contentType: z.string(),
  body: z.string(),
  /** Milliseconds since the epoch; after a day of trying it is given up. */
  since: z.number(),
});

export type Delivery = z.output<typeof delivery>;

/** Undefined for what no version of ours has written. */
export function parseDelivery(payload: unknown): Delivery | undefined {
  return delivery.safeParse(payload).data;
}

/** What the API shows with a task, and a replay needs. */
const taskAttributes = z.object({
  target_id: z.uuid(),
  content_type: z.string(),
  repository: z.string(),
});

export type TaskAttributes = z.output<typeof taskAttributes>;

export function parseTaskAttributes(attributes: unknown): TaskAttributes | undefined {
  return taskAttributes.safeParse(attributes).data;
}

const executionAttributes = z.object({ event_type: z.string(), payload: z.string() });

/** Harbor's, which the execution has: the type of the event, and the body that is sent. */
export function parseExecutionAttributes(
  attributes: unknown,
): z.output<typeof executionAttributes> | undefined {
  return executionAttributes.safeParse(attributes).data;
}

export interface DeliveryOrder {
  readonly policyId: number;
  readonly vendorType: DeliveryVendor;
  readonly trigger: JobTrigger;
  readonly repository: string;
  readonly delivery: Delivery;
}

export function vendorOf(type: TargetType): DeliveryVendor {
  return type === 'slack' ? 'SLACK' : 'WEBHOOK';
}

/**
 * One execution with one task, as Harbor has them. Deliveries to one target about one repository
 * go one after another; all of a policy's wait while its receiver is down.
 */
export function deliveryExecution(order: DeliveryOrder): NewExecution {
  const { policyId, vendorType, trigger, repository, delivery } = order;
  const { targetId, eventType, contentType, body } = delivery;
  return {
    vendorType,
    vendorId: policyId,
    trigger,
    extraAttrs: { event_type: eventType, payload: body },
    tasks: [
      {
        payload: delivery,
        lane: `webhook:${policyId}:${targetId}:${repository}`,
        group: `webhook:${policyId}:${targetId}`,
        extraAttrs: {
          target_id: targetId,
          content_type: contentType,
          repository,
        } satisfies TaskAttributes,
      },
    ],
  };
}
