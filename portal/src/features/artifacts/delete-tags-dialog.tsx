import { Alert, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { presentReference } from '../../lib/reference.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import { useArtifact } from './artifact-place.ts';
import type { Tag } from './artifact-tags.ts';
import { artifactMessages } from './messages.ts';
import { repositoryKey, repositoryPath } from './repository-data.ts';

interface DeleteTagsDialogProps {
  /** None: closed. */
  readonly tags: readonly Tag[];
  onClose(): void;
}

/** Asks, then takes tags off the artifact, which stays. */
export function DeleteTagsDialog({ tags, onClose }: DeleteTagsDialogProps) {
  const words = useMessages(common);
  const m = useMessages(artifactMessages);
  const place = useArtifact();
  const client = useQueryClient();
  const navigate = useNavigate();
  const { project, repository, artifact, tag: shown } = place;
  const { digest } = artifact;
  const fixed = tags.filter(({ immutable }) => immutable).map(({ name }) => name);
  async function remove(): Promise<void> {
    // The page is found by a tag that goes: from here on it is found by its digest.
    if (tags.some(({ name }) => name === shown)) {
      await navigate({
        to: '/p/$project/r/$',
        params: { project, _splat: presentReference({ repository, digest }) },
        search: { tab: 'tags' },
        replace: true,
      });
    }
    void runBatch({
      title: m.deleteTags(tags.length),
      items: tags,
      nameOf: ({ name }) => name,
      run: ({ name }) =>
        done(
          api.DELETE(
            '/api/v2.0/projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/tags/{tag_name}',
            { params: { path: { ...repositoryPath(place), reference: digest, tag_name: name } } },
          ),
        ),
    }).then(() => client.invalidateQueries({ queryKey: repositoryKey(place) }));
  }
  return (
    <ConfirmDialog
      title={m.deleteTags(tags.length)}
      opened={tags.length > 0}
      onClose={onClose}
      onConfirm={remove}
      confirmLabel={words.delete}
    >
      <NameList names={tags.map(({ name }) => name)} />
      <Text size="sm">{m.deleteTagsText}</Text>
      {fixed.length > 0 && <Alert color="yellow">{m.deleteImmutable(fixed.join(', '))}</Alert>}
    </ConfirmDialog>
  );
}
