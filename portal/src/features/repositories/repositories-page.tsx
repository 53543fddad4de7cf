import { Button, Drawer, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconTerminal2, IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, many } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { allOf, contains, useListState } from '../../lib/list-state.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { DeleteRepositories } from './delete-repositories.tsx';
import { repositoriesMessages } from './messages.ts';
import { PushCommands } from './push-commands.tsx';
import { type RepositoryRow, useRepositoryColumns } from './repository-columns.tsx';

/** The repositories of a project: its first tab. */
export function RepositoriesPage() {
  const m = useMessages(repositoriesMessages);
  const { project, permissions } = useProject();
  const list = useListState({ table: 'repositories', sort: '-update_time' });
  const [leaving, setLeaving] = useState<readonly RepositoryRow[]>([]);
  useLive([`project:${project.project_id}`], [['repositories', project.name]]);
  const { page, size: page_size, sort } = list;
  const q = allOf(contains('name', list.filter('name')));
  const query = useQuery({
    queryKey: ['repositories', project.name, { page, page_size, sort, q }],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/projects/{project_name}/repositories', {
          params: {
            path: { project_name: project.name },
            query: {
              page,
              page_size,
              with_size: true,
              ...(sort !== undefined && { sort }),
              ...(q !== undefined && { q }),
            },
          },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <DataTable
        label={m.repositories}
        table="repositories"
        query={query}
        list={list}
        columns={useRepositoryColumns(project.name)}
        keyOf={({ name }) => name}
        nameOf={({ name }) => name}
        empty={<NoRepositories />}
        toolbar={
          <>
            <SearchInput
              label={m.search}
              value={list.filter('name')}
              onChange={(name) => list.setFilter('name', name)}
            />
            <PushDrawer />
          </>
        }
        {...(permissions.can('repository', 'delete') && {
          renderBatch: (rows: readonly RepositoryRow[]) => (
            <DeleteButton onClick={() => setLeaving(rows)} />
          ),
        })}
      />
      <DeleteRepositories rows={leaving} onClose={() => setLeaving([])} />
    </>
  );
}

function DeleteButton({ onClick }: { onClick(): void }) {
  const m = useMessages(common);
  return (
    <Button
      size="xs"
      color="red"
      variant="light"
      leftSection={<IconTrash size={14} aria-hidden />}
      onClick={onClick}
    >
      {m.delete}
    </Button>
  );
}

/** Nobody who may not push is told how to. */
function PushDrawer() {
  const m = useMessages(repositoriesMessages);
  const { close } = useMessages(common);
  const { project, permissions } = useProject();
  const [isOpen, drawer] = useDisclosure(false);
  if (!permissions.can('repository', 'push')) return null;
  return (
    <>
      <Button
        variant="default"
        leftSection={<IconTerminal2 size={16} aria-hidden />}
        onClick={drawer.open}
      >
        {m.pushCommands}
      </Button>
      <Drawer
        opened={isOpen}
        onClose={drawer.close}
        title={m.pushCommands}
        position="right"
        size="lg"
        closeButtonProps={{ 'aria-label': close }}
        attributes={{ header: { role: 'none' } }}
      >
        <PushCommands project={project.name} />
      </Drawer>
    </>
  );
}

function NoRepositories() {
  const m = useMessages(repositoriesMessages);
  const { project, permissions } = useProject();
  const canPush = permissions.can('repository', 'push');
  return (
    <Stack gap={0} align="center">
      <Empty title={m.emptyTitle}>
        <Text c="dimmed">{canPush ? m.emptyPush : m.emptyRead}</Text>
      </Empty>
      {canPush && (
        <Stack maw={720} w="100%">
          <PushCommands project={project.name} />
        </Stack>
      )}
    </Stack>
  );
}
