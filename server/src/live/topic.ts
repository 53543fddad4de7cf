import { isRepositoryName } from '@berth/oci';
import type { VendorType } from '../jobs/index.ts';

/** What a page shows, and wants to hear of when it changes. */
export type Topic =
  | { readonly kind: 'projects' | 'jobs' | 'gc' | 'purge-audit' }
  | { readonly kind: 'project' | 'retention' | 'webhook' | 'execution'; readonly id: number }
  | { readonly kind: 'repository'; readonly repository: string };

const PLAIN = /^(?:projects|jobs|gc|purge-audit)$/;
const WITH_ID = /^(?:project|retention|webhook|execution):([1-9]\d{0,14})$/;

/** Of the text that clients send; there is one text for each topic. */
export function parseTopic(text: string): Topic | undefined {
  const [kind, rest = ''] = split(text);
  switch (kind) {
    case 'projects':
    case 'jobs':
    case 'gc':
    case 'purge-audit':
      return PLAIN.test(text) ? { kind } : undefined;
    case 'project':
    case 'retention':
    case 'webhook':
    case 'execution':
      return WITH_ID.test(text) ? { kind, id: Number(rest) } : undefined;
    case 'repository':
      return rest.includes('/') && isRepositoryName(rest) ? { kind, repository: rest } : undefined;
    default:
      return undefined;
  }
}

function split(text: string): [string, string | undefined] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text, undefined] : [text.slice(0, colon), text.slice(colon + 1)];
}

const ofWork: Partial<Record<VendorType, 'gc' | 'purge-audit' | 'retention' | 'webhook'>> = {
  GARBAGE_COLLECTION: 'gc',
  PURGE_AUDIT_LOG: 'purge-audit',
  RETENTION: 'retention',
  WEBHOOK: 'webhook',
  SLACK: 'webhook',
};

/** The topic of the page that shows such executions; they are read by whoever may hear of it. */
export function topicOfWork(
  vendorType: VendorType,
  vendorId: number,
): Exclude<Topic, { kind: 'repository' }> {
  const kind = ofWork[vendorType] ?? 'jobs';
  return kind === 'retention' || kind === 'webhook' ? { kind, id: vendorId } : { kind };
}
