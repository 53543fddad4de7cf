import { ActionIcon, Text, Tooltip } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAdministration } from '../../lib/administration.ts';
import { useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { Link, LinkButton } from '../../ui/link.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { UsageBar } from '../../ui/values.tsx';
import { DefaultQuota } from './default-quota.tsx';
import { EditQuotaDialog } from './edit-quota-dialog.tsx';
import { quotasMessages } from './messages.ts';
import { listQuotas, type ProjectQuota } from './quota-queries.ts';

/** What projects hold and may hold, for administrators. */
export function QuotasPage() {
  useAdministration();
  const m = useMessages(quotasMessages);
  return (
    <Page title={m.title} description={m.description}>
      <DefaultQuota />
      <QuotaTable />
    </Page>
  );
}

function QuotaTable() {
  const m = useMessages(quotasMessages);
  const list = useListState({ table: 'quotas', sort: '-used.storage' });
  const [edited, setEdited] = useState<ProjectQuota>();
  const name = list.filter('name');
  const query = useQuery({
    queryKey: ['quotas', name, list.page, list.size, list.sort],
    queryFn: ({ signal }) => listQuotas(list, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <DataTable
        label={m.list}
        table="quotas"
        columns={useColumns(name === '', setEdited)}
        query={query}
        list={list}
        keyOf={({ projectId }) => String(projectId)}
        nameOf={({ project }) => project}
        empty={
          <Empty title={m.emptyTitle}>
            <Text c="dimmed">{m.emptyText}</Text>
            <LinkButton to="/projects">{m.toProjects}</LinkButton>
          </Empty>
        }
        toolbar={
          <SearchInput
            label={m.searchName}
            value={name}
            onChange={(value) => list.setFilter('name', value)}
          />
        }
      />
      {edited !== undefined && (
        <EditQuotaDialog quota={edited} onClose={() => setEdited(undefined)} />
      )}
    </>
  );
}

/** @param isSorted what was searched for comes by name alone */
function useColumns(
  isSorted: boolean,
  onEdit: (quota: ProjectQuota) => void,
): readonly Column<ProjectQuota>[] {
  const m = useMessages(quotasMessages);
  return [
    {
      key: 'project',
      title: m.project,
      isFixed: true,
      render: ({ project }) => (
        <Link to="/p/$project" params={{ project }} fw={500}>
          {project}
        </Link>
      ),
    },
    { key: 'owner', title: m.owner, render: ({ owner }) => owner },
    {
      key: 'used',
      title: m.used,
      isFixed: true,
      ...(isSorted && { sort: 'used.storage' }),
      render: ({ project, used, hard }) => (
        <UsageBar used={used} hard={hard} label={m.usageOf(project)} />
      ),
    },
    {
      key: 'actions',
      title: '',
      isFixed: true,
      align: 'right',
      render: (quota) => (
        <Tooltip label={m.edit(quota.project)}>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={m.edit(quota.project)}
            onClick={() => onEdit(quota)}
          >
            <IconPencil size={16} />
          </ActionIcon>
        </Tooltip>
      ),
    },
  ];
}
