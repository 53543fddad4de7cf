import type { WebhookPolicy } from './policy.ts';

/** What the reader wants done, which a dialog asks about. */
/** What is asked for in a dialog. */
export type Asked =
  | { readonly kind: 'create' }
  | { readonly kind: 'edit'; readonly policy: WebhookPolicy }
  | {
      readonly kind: 'delete';
      readonly policies: readonly WebhookPolicy[];
      /** Takes back what was selected. */
      readonly clear?: () => void;
    };
