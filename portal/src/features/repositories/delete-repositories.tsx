import { Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, done, repositoryParam } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { splitRepository } from '../../lib/reference.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import { repositoriesMessages } from './messages.ts';
import type { RepositoryRow } from './repository-columns.tsx';

/** Asks, then deletes repositories with all that is in them. */
export function DeleteRepositories({
  rows,
  onClose,
}: {
  rows: readonly RepositoryRow[];
  onClose(): void;
}) {
  const m = useMessages(repositoriesMessages);
  const { delete: confirmLabel } = useMessages(common);
  const { project } = useProject();
  const client = useQueryClient();
  async function remove(): Promise<void> {
    await runBatch({
      title: m.deleting,
      items: rows,
      nameOf: ({ name }) => name,
      run: ({ name }) =>
        done(
          api.DELETE('/api/v2.0/projects/{project_name}/repositories/{repository_name}', {
            params: {
              path: {
                project_name: project.name,
                repository_name: repositoryParam(splitRepository(name).repository),
              },
            },
          }),
        ),
    });
    await client.invalidateQueries({ queryKey: ['repositories', project.name] });
  }
  return (
    <ConfirmDialog
      title={m.deleteTitle(rows.length)}
      opened={rows.length > 0}
      onClose={onClose}
      onConfirm={remove}
      confirmLabel={confirmLabel}
    >
      <NameList names={rows.map(({ name }) => name)} />
      <Text size="sm">{m.deleteText}</Text>
    </ConfirmDialog>
  );
}
