import { Button } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';

interface BatchDeleteButtonProps<T> {
  readonly rows: readonly T[];
  onDelete(rows: readonly T[]): void;
}

/** Asks for the deletion of those rows that may be deleted. */
export function BatchDeleteButton<T>({ rows, onDelete }: BatchDeleteButtonProps<T>) {
  const m = useMessages(common);
  return (
    <Button
      size="xs"
      color="red"
      variant="light"
      disabled={rows.length === 0}
      onClick={() => onDelete(rows)}
    >
      {m.delete}
    </Button>
  );
}
