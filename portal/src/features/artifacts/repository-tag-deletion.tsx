import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import {
  type RepositoryPlace,
  repositoryKey,
  repositoryPath,
  type TagRow,
} from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';

/** Asks, then takes tags off; their artifacts stay. */
export function DeleteTags({
  place,
  rows,
  onClose,
}: {
  place: RepositoryPlace;
  rows: readonly TagRow[];
  onClose(): void;
}) {
  const m = useMessages(repositoryMessages);
  const { delete: confirmLabel } = useMessages(common);
  const client = useQueryClient();
  async function remove(): Promise<void> {
    await runBatch({
      title: m.deletingTags,
      items: rows,
      nameOf: ({ name }) => name,
      run: ({ name, digest }) =>
        done(
          api.DELETE(
            '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/tags/{tag_name}',
            { params: { path: { ...repositoryPath(place), reference: digest, tag_name: name } } },
          ),
        ),
    });
    await client.invalidateQueries({ queryKey: repositoryKey(place) });
  }
  return (
    <ConfirmDialog
      title={m.deleteTagsTitle(rows.length)}
      opened={rows.length > 0}
      onClose={onClose}
      onConfirm={remove}
      confirmLabel={confirmLabel}
    >
      <NameList names={rows.map(({ name }) => name)} />
      <Text size="sm">{m.deleteTagsText}</Text>
    </ConfirmDialog>
  );
}
