import { Menu } from '@mantine/core';
import { IconHistory, IconTrash } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser } from '../../lib/session.ts';
import { RowMenu } from '../../ui/row-menu.tsx';
import { CopyItem } from './repository-cells.tsx';
import type { RepositoryPlace, TagRow } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';
import { usePullCommand } from './repository-pull.ts';

export interface TagActions {
  onHistory(tag: string): void;
  /** Absent for whoever may not. */
  readonly onDelete: ((row: TagRow) => void) | undefined;
}

/** What can be done with a tag. */
export function TagMenu({
  place,
  row,
  onHistory,
  onDelete,
}: TagActions & { place: RepositoryPlace; row: TagRow }) {
  const m = useMessages(repositoryMessages);
  const { host, clientOf, commandOf } = usePullCommand(place.repository);
  // Who moved what is not for visitors.
  const mayRemember = useCurrentUser() !== null;
  const { name: tag, type, digest } = row;
  const full = `${host}/${place.project}/${place.repository}`;
  return (
    <RowMenu name={tag}>
      <CopyItem label={m.copyPull(clientOf(type))} value={commandOf({ type, tag })} />
      <CopyItem label={m.copyReference} value={`${full}:${tag}`} />
      <CopyItem label={m.copyDigest} value={digest} />
      {mayRemember && (
        <Menu.Item
          leftSection={<IconHistory size={14} aria-hidden />}
          onClick={() => onHistory(tag)}
        >
          {m.history}
        </Menu.Item>
      )}
      {onDelete !== undefined && (
        <>
          <Menu.Divider />
          <Menu.Item
            c="var(--mantine-color-error)"
            leftSection={<IconTrash size={14} aria-hidden />}
            onClick={() => onDelete(row)}
          >
            {m.deleteTag}
          </Menu.Item>
        </>
      )}
    </RowMenu>
  );
}
