import { AppError } from '../lib/index.ts';
import {
  isPayloadFormat,
  isTargetType,
  isWebhookEventType,
  type PolicyContent,
  type TargetAddress,
} from './webhook-policy.ts';

/** A target as a client writes it. */
export interface TargetOrder {
  readonly type: string;
  readonly address: string;
  readonly payloadFormat: string;
  readonly skipCertVerify: boolean;
  /** Empty: none. `MASK`: as it was. */
  readonly authHeader: string;
  /** Empty: none. `MASK`, or undefined: as it was. */
  readonly secret: string | undefined;
}

/** A policy as a client writes it. */
export interface PolicyOrder {
  readonly name: string;
  readonly description: string;
  readonly isEnabled: boolean;
  readonly eventTypes: readonly string[];
  readonly targets: readonly TargetOrder[];
}

/** A target whose address has been checked, and whose secrets are still in clear. */
export interface CheckedTarget extends TargetAddress {
  readonly authHeader: string;
  readonly secret: string | undefined;
}

export interface CheckedPolicy {
  readonly content: PolicyContent;
  readonly targets: readonly CheckedTarget[];
}

/** Refuses URLs that may never be called, without asking DNS. */
export type ParseUrl = (url: string) => URL;

/** What Node sends in a header (RFC 9110 §5.5, without obs-fold). */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Harbor's rules for a policy (§1.15 of its digest).
 *
 * @throws AppError invalid
 */
export function checkPolicy(order: PolicyOrder, parseUrl: ParseUrl): CheckedPolicy {
  const { name, description, isEnabled, eventTypes } = order;
  if (name.trim() === '') throw new AppError('invalid', 'the webhook policy has no name');
  if (eventTypes.length === 0) throw new AppError('invalid', 'empty event type');
  const checkedTypes = [...new Set(eventTypes)].map((type) => {
    if (isWebhookEventType(type)) return type;
    throw new AppError('invalid', `unsupported event type ${type}`);
  });
  if (order.targets.length === 0) {
    throw new AppError('invalid', `empty notification target with policy ${name}`);
  }
  return {
    content: { name, description, isEnabled, eventTypes: checkedTypes },
    targets: order.targets.map((target) => checkTarget(target, name, parseUrl)),
  };
}

function checkTarget(target: TargetOrder, policy: string, parseUrl: ParseUrl): CheckedTarget {
  const { type, payloadFormat: format, skipCertVerify, authHeader, secret } = target;
  const address = normalizeAddress(target.address, parseUrl);
  if (!isTargetType(type)) {
    throw new AppError('invalid', `unsupported target type ${type} with policy ${policy}`);
  }
  if (type === 'slack' && format !== '') {
    throw new AppError('invalid', 'set payload format is not allowed for slack');
  }
  if (format !== '' && !isPayloadFormat(format)) {
    throw new AppError('invalid', `unsupported payload format type: ${format}`);
  }
  if (!HEADER_VALUE.test(authHeader)) {
    throw new AppError('invalid', 'auth_header has characters that a header cannot have');
  }
  const payloadFormat = type === 'http' && format === '' ? 'Default' : format;
  return { type, address, payloadFormat, skipCertVerify, authHeader, secret };
}

/**
 * Scheme, host, path and query, which many receivers know their callers by.
 *
 * @throws AppError invalid, also for addresses that may not be called
 */
function normalizeAddress(text: string, parseUrl: ParseUrl): string {
  const trimmed = trimEnd(text.trim(), '/');
  if (trimmed === '') throw new AppError('invalid', 'the address of the target is empty');
  const url = parseUrl(trimmed.includes('://') ? trimmed : `http://${trimmed}`);
  return `${url.protocol}//${url.host}${url.pathname === '/' ? '' : url.pathname}${url.search}`;
}

function trimEnd(text: string, character: string): string {
  let end = text.length;
  while (end > 0 && text[end - 1] === character) end -= 1;
  return text.slice(0, end);
}
