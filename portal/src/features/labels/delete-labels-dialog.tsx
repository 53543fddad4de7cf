import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import type { Order } from '../../lib/order.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import type { Label } from './label-draft.ts';
import { labelsMessages } from './messages.ts';

interface DeleteLabelsProps {
  readonly order: Order<{ readonly labels: readonly Label[]; clear(): void }>;
}

/** Asks, then deletes all of them. */
export function DeleteLabelsDialog({ order }: DeleteLabelsProps) {
  const m = useMessages(labelsMessages);
  const words = useMessages(common);
  const client = useQueryClient();
  const { labels = [], clear } = order.value ?? {};
  const title = m.deleteLabels(labels.length);
  async function remove(): Promise<void> {
    clear?.();
    void runBatch({
      title,
      items: labels,
      nameOf: ({ name }) => name,
      run: ({ id }) =>
        done(api.DELETE('/api/v2.0/labels/{label_id}', { params: { path: { label_id: id } } })),
    }).finally(() => void client.invalidateQueries({ queryKey: ['labels'] }));
  }
  return (
    <ConfirmDialog
      title={title}
      opened={order.isOpen}
      onClose={order.close}
      onConfirm={remove}
      confirmLabel={words.delete}
    >
      <NameList names={labels.map(({ name }) => name)} />
      <Text size="sm">{m.deleteText}</Text>
    </ConfirmDialog>
  );
}
