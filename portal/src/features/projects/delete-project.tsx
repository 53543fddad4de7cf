import { Button, Stack, Text, Title } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { api, done, one } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import type { Project } from '../../lib/project.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { Link } from '../../ui/link.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { Failure } from '../../ui/states.tsx';
import { projectsMessages } from './messages.ts';

/** The end of a project: says beforehand what is in the way. */
export function DeleteProject({ project }: { project: Project }) {
  const m = useMessages(projectsMessages);
  const [isOpen, dialog] = useDisclosure(false);
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const { project_id: id, name } = project;
  const place = { params: { path: { project_name_or_id: String(id) } } };
  const query = useQuery({
    queryKey: ['project', name, 'deletable'],
    queryFn: ({ signal }) =>
      one(api.GET('/api/v2.0/projects/{project_name_or_id}/_deletable', { ...place, signal })),
  });
  async function remove(): Promise<void> {
    await done(api.DELETE('/api/v2.0/projects/{project_name_or_id}', place));
    notifyDone(m.deletedProject(name));
    await navigate({ to: '/projects' });
    queryClient.removeQueries({ queryKey: ['project', name] });
    void queryClient.invalidateQueries({ queryKey: ['projects'] });
    void queryClient.invalidateQueries({ queryKey: ['statistics'] });
  }
  return (
    <Stack component="section" gap="xs" align="start">
      <Title order={2} size="h4">
        {m.deleteTitle}
      </Title>
      <Text size="sm">{m.deleteText}</Text>
      {query.isError && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.deletable === false && (
        <Text size="sm" fw={500}>
          {m.notDeletable}{' '}
          <Link to="/p/$project" params={{ project: name }} inherit underline="always">
            {m.toRepositories}
          </Link>
        </Text>
      )}
      <Button
        color="red"
        variant="light"
        disabled={query.data?.deletable !== true}
        onClick={dialog.open}
      >
        {m.deleteProject}
      </Button>
      <ConfirmDialog
        title={m.deleteNamed(name)}
        opened={isOpen}
        onClose={dialog.close}
        onConfirm={remove}
        confirmLabel={m.deleteProject}
        word={name}
      >
        {m.deleteText}
      </ConfirmDialog>
    </Stack>
  );
}
