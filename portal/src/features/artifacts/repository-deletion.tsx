import { Button, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconTrash } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { type RepositoryPlace, type RepositoryRow, repositoryPath } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';

/** Deletes the repository of the page, for whoever may. */
export function DeleteRepository({ place, row }: { place: RepositoryPlace; row: RepositoryRow }) {
  const m = useMessages(repositoryMessages);
  const { delete: confirmLabel } = useMessages(common);
  const { permissions } = useProject();
  const [isOpen, dialog] = useDisclosure(false);
  const client = useQueryClient();
  const navigate = useNavigate();
  if (!permissions.can('repository', 'delete')) return null;
  async function remove(): Promise<void> {
    await done(
      api.DELETE('/api/v2.0/projects/{project_name}/repositories/{repository_name}', {
        params: { path: repositoryPath(place) },
      }),
    );
    notifyDone(m.repositoryDeleted(row.name));
    await navigate({ to: '/p/$project', params: { project: place.project } });
    await client.invalidateQueries({ queryKey: ['repositories', place.project] });
  }
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTrash size={16} aria-hidden />}
        onClick={dialog.open}
      >
        {m.deleteRepository}
      </Button>
      <ConfirmDialog
        title={m.deleteRepositoryTitle(row.name)}
        opened={isOpen}
        onClose={dialog.close}
        onConfirm={remove}
        confirmLabel={confirmLabel}
        word={place.repository}
      >
        <Text size="sm">{m.deleteRepositoryText(row.artifact_count)}</Text>
      </ConfirmDialog>
    </>
  );
}
