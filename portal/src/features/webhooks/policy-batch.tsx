import { Button } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { runBatch } from '../../ui/notify.tsx';
import type { Asked } from './asked.ts';
import { webhooksMessages } from './messages.ts';
import { switched, type WebhookPolicy } from './policy.ts';
import { usePolicyChanges } from './webhook-queries.ts';

interface PolicyBatchProps {
  readonly policies: readonly WebhookPolicy[];
  readonly clear: () => void;
  onAsk(asked: Asked): void;
}

/** What can be done with all policies selected. */
export function PolicyBatch({ policies, clear, onAsk }: PolicyBatchProps) {
  const m = useMessages(webhooksMessages);
  const words = useMessages(common);
  const { permissions } = useProject();
  const { put, show } = usePolicyChanges();
  async function toggle(isOn: boolean): Promise<void> {
    await runBatch({
      title: isOn ? words.enable : words.disable,
      items: policies.filter(({ enabled }) => enabled !== isOn),
      nameOf: ({ name }) => name,
      run: (policy) => put(policy, switched(policy, isOn)),
    });
    clear();
    await show();
  }
  return (
    <>
      {policies.some(({ enabled }) => !enabled) && (
        <Button size="xs" variant="default" onClick={() => void toggle(true)}>
          {words.enable}
        </Button>
      )}
      {policies.some(({ enabled }) => enabled) && (
        <Button size="xs" variant="default" onClick={() => void toggle(false)}>
          {words.disable}
        </Button>
      )}
      {permissions.can('notification-policy', 'delete') && (
        <Button
          size="xs"
          color="red"
          variant="light"
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={() => onAsk({ kind: 'delete', policies, clear })}
        >
          {m.deleteWebhooks(policies.length)}
        </Button>
      )}
    </>
  );
}
