import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { shortDigest } from '../../lib/reference.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import {
  type ArtifactRow,
  type RepositoryPlace,
  repositoryKey,
  repositoryPath,
} from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';

/** Asks, then deletes artifacts with their tags. */
export function DeleteArtifacts({
  place,
  rows,
  onClose,
}: {
  place: RepositoryPlace;
  rows: readonly ArtifactRow[];
  onClose(): void;
}) {
  const m = useMessages(repositoryMessages);
  const { delete: confirmLabel } = useMessages(common);
  const client = useQueryClient();
  async function remove(): Promise<void> {
    await runBatch({
      title: m.deletingArtifacts,
      items: rows,
      nameOf: artifactName,
      run: ({ digest }) =>
        done(
          api.DELETE(
            '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}',
            { params: { path: { ...repositoryPath(place), reference: digest } } },
          ),
        ),
    });
    await client.invalidateQueries({ queryKey: repositoryKey(place) });
  }
  return (
    <ConfirmDialog
      title={m.deleteArtifactsTitle(rows.length)}
      opened={rows.length > 0}
      onClose={onClose}
      onConfirm={remove}
      confirmLabel={confirmLabel}
    >
      <NameList names={rows.map(artifactName)} />
      <Text size="sm">{m.deleteArtifactsText}</Text>
    </ConfirmDialog>
  );
}

/** A digest, with the tags that people know it by. */
export function artifactName({ digest, tags }: Pick<ArtifactRow, 'digest' | 'tags'>): string {
  const names = (tags ?? []).slice(0, 5).map(({ name }) => name);
  return names.length === 0 ? shortDigest(digest) : `${shortDigest(digest)} (${names.join(', ')})`;
}
