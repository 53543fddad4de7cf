import { Menu } from '@mantine/core';
import { IconCopyPlus, IconTag, IconTrash } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { shortDigest } from '../../lib/reference.ts';
import { useCurrentUser } from '../../lib/session.ts';
import { RowMenu } from '../../ui/row-menu.tsx';
import { CopyItem } from './repository-cells.tsx';
import type { ArtifactRow, RepositoryPlace } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';
import { usePullCommand } from './repository-pull.ts';

type Act = (row: ArtifactRow) => void;

/** Absent is what the reader may not do. */
export interface ArtifactActions {
  readonly onCopy: Act;
  readonly onLabels: Act | undefined;
  readonly onDelete: Act | undefined;
}

/** What can be done with an artifact. */
export function ArtifactMenu({
  place,
  row,
  onCopy,
  onLabels,
  onDelete,
}: ArtifactActions & { place: RepositoryPlace; row: ArtifactRow }) {
  const m = useMessages(repositoryMessages);
  const { host, clientOf, commandOf } = usePullCommand(place.repository);
  const isSignedIn = useCurrentUser() !== null;
  const { digest, type } = row;
  return (
    <RowMenu name={shortDigest(digest)}>
      <CopyItem label={m.copyDigest} value={digest} />
      <CopyItem label={m.copyPull(clientOf(type))} value={commandOf({ type, digest })} />
      <CopyItem
        label={m.copyReference}
        value={`${host}/${place.project}/${place.repository}@${digest}`}
      />
      {isSignedIn && (
        <Menu.Item leftSection={<IconCopyPlus size={14} aria-hidden />} onClick={() => onCopy(row)}>
          {m.copyTo}
        </Menu.Item>
      )}
      {onLabels !== undefined && (
        <Menu.Item leftSection={<IconTag size={14} aria-hidden />} onClick={() => onLabels(row)}>
          {m.editLabels}
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
            {m.delete}
          </Menu.Item>
        </>
      )}
    </RowMenu>
  );
}
