import { Button, Stack, Text, Title } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, many } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useListState } from '../../lib/list-state.ts';
import { useLive } from '../../lib/live.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/states.tsx';
import { type DeletedRow, useDeletedColumns } from './deleted-columns.tsx';
import { repositoriesMessages } from './messages.ts';
import { RestoreArtifacts } from './restore-artifacts.tsx';

/** What was deleted from a project and can be brought back, also of repositories that are gone. */
export function DeletedPage() {
  const m = useMessages(repositoriesMessages);
  const { project, permissions } = useProject();
  const list = useListState({ table: 'deleted' });
  const [returning, setReturning] = useState<readonly DeletedRow[]>([]);
  const canRestore = permissions.can('artifact', 'create');
  useLive([`project:${project.project_id}`], [['deleted-artifacts', project.name]]);
  const { page, size: page_size } = list;
  const query = useQuery({
    queryKey: ['deleted-artifacts', project.name, { page, page_size }],
    queryFn: ({ signal }) =>
      many(
        api.GET('/api/v2.0/projects/{project_name}/deleted-artifacts', {
          params: { path: { project_name: project.name }, query: { page, page_size } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  return (
    <Stack gap="sm">
      <Title order={2} size="h4">
        {m.deletedTitle}
      </Title>
      <Text size="sm" c="dimmed" maw={760}>
        {m.deletedText}
      </Text>
      <DataTable
        label={m.deletedTitle}
        table="deleted"
        query={query}
        list={list}
        columns={useDeletedColumns(canRestore ? (row) => setReturning([row]) : undefined)}
        keyOf={({ id }) => String(id)}
        nameOf={({ repository_name, digest }) => `${repository_name}@${digest}`}
        empty={
          <Empty title={m.deletedEmptyTitle}>
            <Text c="dimmed">{m.deletedEmptyText}</Text>
          </Empty>
        }
        {...(canRestore && {
          renderBatch: (rows: readonly DeletedRow[]) => (
            <RestoreButton onClick={() => setReturning(rows)} />
          ),
        })}
      />
      <RestoreArtifacts rows={returning} onClose={() => setReturning([])} />
    </Stack>
  );
}

function RestoreButton({ onClick }: { onClick(): void }) {
  const m = useMessages(common);
  return (
    <Button
      size="xs"
      variant="default"
      leftSection={<IconArrowBackUp size={14} aria-hidden />}
      onClick={onClick}
    >
      {m.restore}
    </Button>
  );
}
