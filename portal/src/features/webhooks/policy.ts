import type { Answer, Body } from '../../lib/api.ts';

export type WebhookPolicy = Answer<'ListWebhookPoliciesOfProject'>[number];
export type WebhookTarget = WebhookPolicy['targets'][number];
export type LastTrigger = Answer<'LastTrigger'>[number];
export type PolicyBody = Body<'CreateWebhookPolicyOfProject'>;

/** A secret that is only written. */
export interface SecretDraft {
  readonly isSet: boolean;
  readonly value: string;
  readonly isCleared: boolean;
}

/** A policy as it is typed; of several targets the first. */
export interface PolicyDraft {
  readonly name: string;
  readonly description: string;
  readonly type: WebhookTarget['type'];
  readonly format: string;
  readonly address: string;
  readonly eventTypes: readonly string[];
  readonly authHeader: SecretDraft;
  readonly secret: SecretDraft;
  readonly isVerified: boolean;
}

/** In the place of a secret that is there, and back: it stays. */
const MASK = '******';

const NEW: PolicyDraft = {
  name: '',
  description: '',
  type: 'http',
  format: 'Default',
  address: '',
  eventTypes: [],
  authHeader: secretOf(undefined),
  secret: secretOf(undefined),
  isVerified: true,
};

export function draftOfPolicy(policy: WebhookPolicy | undefined): PolicyDraft {
  const target = policy?.targets[0];
  if (policy === undefined || target === undefined) return NEW;
  return {
    name: policy.name,
    description: policy.description ?? '',
    type: target.type,
    format: target.payload_format ?? NEW.format,
    address: target.address,
    eventTypes: policy.event_types,
    authHeader: secretOf(target.auth_header),
    secret: secretOf(target.secret),
    isVerified: !target.skip_cert_verify,
  };
}

/** @param shown undefined, or a mask */
function secretOf(shown: string | undefined): SecretDraft {
  return { isSet: shown !== undefined, value: '', isCleared: false };
}

/** @param before what is not typed stays: whether it is on, further targets */
export function bodyOfDraft(draft: PolicyDraft, before: WebhookPolicy | undefined): PolicyBody {
  const { type, format, eventTypes } = draft;
  const target = {
    type,
    address: draft.address.trim(),
    // Slack has a form of its own, and knows its callers by the address.
    ...(type === 'http' && {
      payload_format: format,
      auth_header: sent(draft.authHeader),
      secret: sent(draft.secret),
    }),
    skip_cert_verify: !draft.isVerified,
  };
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    enabled: before?.enabled ?? true,
    event_types: [...eventTypes],
    targets: [target, ...(before?.targets.slice(1) ?? [])],
  };
}

function sent({ isSet, value, isCleared }: SecretDraft): string {
  if (isCleared) return '';
  if (value !== '') return value;
  return isSet ? MASK : '';
}

/** The same policy, on or off. */
export function switched(policy: WebhookPolicy, enabled: boolean): PolicyBody {
  const { name, description = '', event_types: types, targets } = policy;
  return { name, description, event_types: types, targets, enabled };
}

export function isComplete({ name, address, eventTypes }: PolicyDraft): boolean {
  return name.trim() !== '' && isEndpoint(address) && eventTypes.length > 0;
}

/** Whether it could be one; the server knows which may be called. */
export function isEndpoint(address: string): boolean {
  return /^https?:\/\/\S+$/i.test(address.trim()) && URL.canParse(address.trim());
}

/** When each policy, by its name, last had something to tell. */
export function lastTimes(triggers: readonly LastTrigger[]): ReadonlyMap<string, string> {
  const times = new Map<string, string>();
  for (const { policy_name: name, last_trigger_time: time } of triggers) {
    if (time > (times.get(name) ?? '')) times.set(name, time);
  }
  return times;
}
