import { ActionIcon, Group, Text, Tooltip } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { common } from '../../lib/common-messages.ts';
import { type ListState, type PageSearch, useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Empty } from '../../ui/states.tsx';
import { ExportButton } from './export-button.tsx';
import { useLogColumns } from './log-columns.tsx';
import { LogFilterBar } from './log-filter-bar.tsx';
import { conditionOf, FILTERS, readFilters } from './log-filters.ts';
import { type LogPage, listEntries } from './log-queries.ts';
import { auditMessages } from './messages.ts';

/** Who did what: in a project, or wherever the reader may know it. */
export function AuditLog({ project }: { project?: string }) {
  const m = useMessages(auditMessages);
  const words = useMessages(common);
  const list = useListState({ table: 'audit-log', sort: '-op_time' });
  const clear = useClear();
  const page = pageOf(list);
  const query = useQuery({
    queryKey: ['audit-log', project, page],
    queryFn: ({ signal }) => listEntries(project, page, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <LogFilterBar list={list} onClear={clear} />
      <DataTable
        label={m.list}
        table="audit-log"
        columns={useLogColumns()}
        query={query}
        list={list}
        keyOf={({ id }) => String(id)}
        nameOf={({ id }) => String(id)}
        empty={
          <Empty title={m.emptyTitle}>
            <Text c="dimmed">{m.emptyText}</Text>
          </Empty>
        }
        toolbar={
          <Group gap="xs">
            <ExportButton project={project} filters={readFilters(list.filter)} />
            <Tooltip label={words.refresh}>
              <ActionIcon
                variant="default"
                size="input-sm"
                aria-label={words.refresh}
                onClick={() => void query.refetch()}
              >
                <IconRefresh size={16} />
              </ActionIcon>
            </Tooltip>
          </Group>
        }
      />
    </>
  );
}

function pageOf(list: ListState): LogPage {
  const q = conditionOf(readFilters(list.filter));
  return {
    page: list.page,
    page_size: list.size,
    ...(list.sort !== undefined && { sort: list.sort }),
    ...(q !== undefined && { q }),
  };
}

/** All filters at once; one after the other, each would put back what the one before took. */
function useClear(): () => void {
  const navigate = useNavigate();
  const nothing = Object.fromEntries(['page', ...FILTERS].map((name) => [name, undefined]));
  return () =>
    void navigate({
      to: '.',
      search: (before: PageSearch) => ({ ...before, ...nothing }),
      replace: true,
      resetScroll: false,
    });
}
