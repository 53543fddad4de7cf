import { createHmac } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Egress, EgressError, type EgressResponse } from '../egress/index.ts';
import { type Job, type JobContext, JobFailed, JobRetry } from '../jobs/index.ts';
import { AppError } from '../lib/index.ts';
import type { SecretBox } from '../secrets/index.ts';
import { type Delivery, parseDelivery } from './delivery.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { DeliveryTarget, WebhookRepository } from './webhook.repository.ts';
import { targetContext, type WebhookTarget } from './webhook-policy.ts';

export interface WebhookJobPorts {
  readonly repository: Pick<WebhookRepository, 'findDelivery'>;
  readonly secrets: Pick<SecretBox, 'open'>;
  /** Reaches public addresses and the networks that the operator listed. */
  readonly egress: Pick<Egress, 'request'>;
  /** For one request, in milliseconds; 10 s unless told. */
  readonly timeoutMs?: number;
  /** Milliseconds since the epoch; the system's clock unless told. */
  readonly now?: () => number;
}

/** Harbor's 3 s are too short for receivers that do their work before they answer. */
const TIMEOUT_MS = 10_000;
/** What the job may take beyond its request. */
const SPARE_MS = 20_000;
const RETRY_BASE_MS = 1_000;
const RETRY_CAP_MS = 5 * 60_000;
const GIVE_UP_MS = 24 * 60 * 60_000;
/** How often a receiver may say no before it is believed. */
const REFUSALS = 3;
/** Answers below 500 that may well be different next time (RFC 9110 §15.5.9, RFC 8470, RFC 6585). */
const TEMPORARY = new Set([408, 425, 429]);
const MAX_ANSWER = 64 * 1024;

/**
 * The jobs that deliver webhooks. Network errors and 5xx are tried again for a day, other refusals
 * three times.
 */
export function createWebhookJobs(ports: WebhookJobPorts): Job[] {
  const courier = new Courier(ports);
  const timeoutMs = (ports.timeoutMs ?? TIMEOUT_MS) + SPARE_MS;
  const common = {
    timeoutMs,
    retryDelay: (attempt: number) =>
      Math.min(RETRY_BASE_MS * 2 ** Math.min(attempt - 1, 20), RETRY_CAP_MS),
    run: (payload: Readonly<Record<string, unknown>>, context: JobContext) =>
      courier.run(payload, context),
  };
  return [
    { ...common, vendorType: 'WEBHOOK', concurrency: 16 },
    // Slack wants no more than one message a second.
    { ...common, vendorType: 'SLACK', concurrency: 2 },
  ];
}

class Courier {
  readonly #ports: WebhookJobPorts;
  /** How often the receiver said no to each task; lost in a restart, which costs some tries. */
  readonly #refusals = new LRUCache<number, number>({ max: 10_000 });

  constructor(ports: WebhookJobPorts) {
    this.#ports = ports;
  }

  async run(payload: Readonly<Record<string, unknown>>, context: JobContext): Promise<void> {
    const delivery = parseDelivery(payload);
    if (delivery === undefined) throw new JobFailed('the task cannot be read');
    const target = await this.#getTarget(context.vendorId, delivery.targetId);
    const headers = this.#headers(target, delivery, context);
    context.log(`POST ${shownAddress(target)}: ${delivery.eventType}, try ${context.attempt + 1}`);
    const startedAt = performance.now();
    const response = await this.#send(target, { ...delivery, headers }, context);
    const took = Math.round(performance.now() - startedAt);
    context.log(`answered ${response.status} after ${took} ms`);
    this.#judge(response, delivery, context);
  }

  /** @throws JobFailed when it is no longer to be told */
  async #getTarget(policyId: number, targetId: string): Promise<WebhookTarget> {
    const found: DeliveryTarget | undefined = await this.#ports.repository.findDelivery(
      policyId,
      targetId,
    );
    if (found === undefined) throw new JobFailed('the webhook policy or its target was deleted');
    if (!found.isEnabled) throw new JobFailed('the webhook policy is disabled');
    return found.target;
  }

  #headers(target: WebhookTarget, delivery: Delivery, context: JobContext): Record<string, string> {
    const { id, type, authHeader, secret } = target;
    const key = secret && this.#ports.secrets.open(secret, targetContext(id, 'secret'));
    // Harbor sends Slack none: its address is the credential.
    const credential =
      type === 'http' && authHeader !== undefined
        ? this.#ports.secrets.open(authHeader, targetContext(id, 'auth_header'))
        : undefined;
    return {
      'content-type': delivery.contentType,
      ...(credential !== undefined && { authorization: credential }),
      'x-berth-event': delivery.eventType,
      'x-berth-delivery': String(context.taskId),
      'x-berth-attempt': String(context.attempt + 1),
      ...(key !== undefined && { 'x-berth-signature-256': sign(key, delivery.body) }),
    };
  }

  async #send(
    target: WebhookTarget,
    { headers, body, since }: Delivery & { readonly headers: Record<string, string> },
    { signal }: JobContext,
  ): Promise<EgressResponse> {
    try {
      return await this.#ports.egress.request({
        method: 'POST',
        url: target.address,
        headers,
        body,
        policy: 'public',
        tls: { verify: !target.skipCertVerify },
        timeoutMs: this.#ports.timeoutMs ?? TIMEOUT_MS,
        maxBytes: MAX_ANSWER,
        signal,
      });
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof AppError)) throw error;
      // The sentence is a constant, and nothing tells how long it took: a policy scans no ports.
      if (isFinal(error)) throw new JobFailed(error.message);
      throw this.#failure(error.message, since);
    }
  }

  #judge(response: EgressResponse, delivery: Delivery, context: JobContext): void {
    const { status } = response;
    const { taskId } = context;
    if (status >= 200 && status < 300) {
      this.#refusals.delete(taskId);
      return;
    }
    const sentence = `the endpoint answered ${status}`;
    if (status >= 500 || TEMPORARY.has(status)) {
      const delayMs = parseRetryAfter(response.headers.get('retry-after'), this.#now());
      if (delayMs !== undefined)
        context.log(`it asks for ${Math.ceil(delayMs / 1000)} s of patience`);
      throw this.#failure(sentence, delivery.since, delayMs);
    }
    const refusals = (this.#refusals.get(taskId) ?? 0) + 1;
    this.#refusals.set(taskId, refusals);
    if (refusals < REFUSALS) throw this.#failure(sentence, delivery.since);
    this.#refusals.delete(taskId);
    throw new JobFailed(sentence);
  }

  /** One to be tried again, unless that has been done for long enough. */
  #failure(sentence: string, since: number, delayMs?: number): Error {
    const hasTime = this.#now() - since < GIVE_UP_MS;
    if (!hasTime) return new JobFailed(`given up after a day: ${sentence}`);
    return new JobRetry(sentence, { delayMs });
  }

  #now(): number {
    return (this.#ports.now ?? Date.now)();
  }
}

/** The receiver has it perhaps, or never will. */
function isFinal(error: AppError): boolean {
  return error.kind === 'invalid' || (error instanceof EgressError && error.code === 'too-large');
}

function sign(key: string, body: string): string {
  return `sha256=${createHmac('sha256', key).update(body).digest('hex')}`;
}

/** Without query and credentials; of a Slack URL the path is one. */
function shownAddress({ type, address }: WebhookTarget): string {
  const { origin, pathname } = new URL(address);
  return type === 'slack' ? origin : `${origin}${pathname}`;
}
