import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';

interface DeleteDialogProps<T> {
  readonly title: string;
  readonly text: string;
  readonly items: readonly T[];
  nameOf(item: T): string;
  remove(item: T): Promise<unknown>;
  onClose(): void;
}

/** Names what goes, takes it away one by one, and asks anew for everything of TKE. */
export function DeleteDialog<T>(props: DeleteDialogProps<T>) {
  const { title, text, items, nameOf, remove, onClose } = props;
  const m = useMessages(common);
  const client = useQueryClient();
  return (
    <ConfirmDialog
      title={title}
      opened={items.length > 0}
      onClose={onClose}
      confirmLabel={m.delete}
      onConfirm={async () => {
        await runBatch({ title, items, nameOf, run: remove });
        await client.invalidateQueries({ queryKey: ['tke'] });
      }}
    >
      <Text size="sm">{text}</Text>
      <NameList names={items.map(nameOf)} />
    </ConfirmDialog>
  );
}
