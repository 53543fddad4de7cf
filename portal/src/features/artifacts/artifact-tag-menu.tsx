import { Menu } from '@mantine/core';
import { IconHistory, IconTrash } from '@tabler/icons-react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser } from '../../lib/session.ts';
import { RowMenu } from '../../ui/row-menu.tsx';
import { useArtifact } from './artifact-place.ts';
import { artifactMessages } from './messages.ts';
import { CopyItem } from './repository-cells.tsx';
import { usePullCommand } from './repository-pull.ts';

interface ArtifactTagMenuProps {
  readonly tag: string;
  onHistory(): void;
  /** Absent for whoever may not. */
  readonly onDelete: (() => void) | undefined;
}

/** What can be done with a tag of the artifact. */
export function ArtifactTagMenu({ tag, onHistory, onDelete }: ArtifactTagMenuProps) {
  const words = useMessages(common);
  const m = useMessages(artifactMessages);
  const { artifact, project, repository } = useArtifact();
  const { host, commandOf } = usePullCommand(repository);
  // Who moved what is not for visitors.
  const mayRemember = useCurrentUser() !== null;
  return (
    <RowMenu name={tag}>
      <CopyItem label={m.copyPull} value={commandOf({ type: artifact.type, tag })} />
      <CopyItem label={m.copyReference} value={`${host}/${project}/${repository}:${tag}`} />
      {mayRemember && (
        <Menu.Item leftSection={<IconHistory size={14} aria-hidden />} onClick={onHistory}>
          {m.tagHistory}
        </Menu.Item>
      )}
      {onDelete !== undefined && (
        <Menu.Item
          c="var(--mantine-color-error)"
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={onDelete}
        >
          {words.delete}
        </Menu.Item>
      )}
    </RowMenu>
  );
}
