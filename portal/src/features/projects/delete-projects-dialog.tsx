import { Alert, Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, done } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import { projectsMessages } from './messages.ts';
import type { ListedProject } from './project-columns.tsx';

interface DeleteProjectsDialogProps {
  readonly projects: readonly ListedProject[];
  readonly opened: boolean;
  onClose(): void;
  onDeleted(): void;
}

/** Deletes projects one by one; those that still hold something are refused, and it is said why. */
export function DeleteProjectsDialog(props: DeleteProjectsDialogProps) {
  const { projects, opened, onClose, onDeleted } = props;
  const m = useMessages(projectsMessages);
  const queryClient = useQueryClient();
  const title = m.deleteProjects(projects.length);
  const full = projects.filter(({ repo_count: count }) => count > 0);
  async function run(): Promise<void> {
    await runBatch({
      title,
      items: projects,
      nameOf: ({ name }) => name,
      run: ({ project_id: id }) =>
        done(
          api.DELETE('/api/v2.0/projects/{project_name_or_id}', {
            params: { path: { project_name_or_id: String(id) } },
          }),
        ),
    });
    onDeleted();
    void queryClient.invalidateQueries({ queryKey: ['projects'] });
    void queryClient.invalidateQueries({ queryKey: ['statistics'] });
  }
  return (
    <ConfirmDialog
      title={title}
      opened={opened}
      onClose={onClose}
      onConfirm={run}
      confirmLabel={title}
    >
      <Stack gap="sm">
        <NameList names={projects.map(({ name }) => name)} />
        <Text size="sm">{m.deleteProjectsText}</Text>
        {full.length > 0 && (
          <Alert color="yellow" role="note">
            <Text size="sm">{m.notEmpty(full.length)}</Text>
            <NameList names={full.map(({ name }) => name)} />
          </Alert>
        )}
      </Stack>
    </ConfirmDialog>
  );
}
