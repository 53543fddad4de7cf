import { Text } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import { webhooksMessages } from './messages.ts';
import type { WebhookPolicy } from './policy.ts';
import { usePolicyChanges } from './webhook-queries.ts';

interface DeletePoliciesDialogProps {
  readonly policies: readonly WebhookPolicy[];
  onClose(): void;
  readonly onDone?: (() => void) | undefined;
}

export function DeletePoliciesDialog({ policies, onClose, onDone }: DeletePoliciesDialogProps) {
  const m = useMessages(webhooksMessages);
  const words = useMessages(common);
  const { remove, show } = usePolicyChanges();
  const title = m.deleteWebhooks(policies.length);
  return (
    <ConfirmDialog
      title={title}
      opened
      onClose={onClose}
      confirmLabel={words.delete}
      onConfirm={async () => {
        await runBatch({ title, items: policies, nameOf, run: remove });
        onDone?.();
        await show();
      }}
    >
      <Text size="sm">{m.deleteText}</Text>
      <NameList names={policies.map(nameOf)} />
    </ConfirmDialog>
  );
}

function nameOf({ name }: WebhookPolicy): string {
  return name;
}
