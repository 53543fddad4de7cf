import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useListState } from '../../lib/list-state.ts';
import { pageOf } from '../../lib/local-list.ts';
import { useMessages } from '../../lib/messages.ts';
import { DataTable } from '../../ui/data-table.tsx';
import { Page } from '../../ui/page.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { BatchDeleteButton } from './batch-delete-button.tsx';
import { useChartGroupColumns } from './chart-group-columns.tsx';
import { ChartGroupDialog } from './chart-group-dialog.tsx';
import { chartMessages } from './chart-messages.ts';
import { DeleteDialog } from './delete-dialog.tsx';
import { paths, tke } from './tke-api.ts';
import { chartGroupsQuery, useCaller } from './tke-queries.ts';
import { canCreate, canDeleteChartGroup } from './tke-rights.ts';
import type { ChartGroup } from './tke-types.ts';
import { useWatch } from './tke-watch.ts';

/** The groups of charts that the reader's tenant has; all tenants' for system administrators. */
export function ChartGroupsPage() {
  const m = useMessages(chartMessages);
  const caller = useCaller();
  const [edited, setEdited] = useState<ChartGroup | 'new'>();
  const [deleted, setDeleted] = useState<readonly ChartGroup[]>([]);
  const newButton = canCreate(caller) && (
    <Button onClick={() => setEdited('new')}>{m.create}</Button>
  );
  return (
    <Page title={m.groups} description={m.groupsHint} actions={newButton}>
      <ChartGroupTable
        onEdit={setEdited}
        onDelete={setDeleted}
        empty={
          <Empty title={m.noGroups}>
            <Text c="dimmed">{m.noGroupsHint}</Text>
            {newButton}
          </Empty>
        }
      />
      <ChartGroupDialog edited={edited} onClose={() => setEdited(undefined)} />
      <DeleteDialog
        title={m.delete}
        text={m.deleteText}
        items={deleted}
        nameOf={({ spec }) => spec.name}
        remove={(row) => tke.remove('chartgroups', row)}
        onClose={() => setDeleted([])}
      />
    </Page>
  );
}

interface ChartGroupTableProps {
  onEdit(row: ChartGroup): void;
  onDelete(rows: readonly ChartGroup[]): void;
  readonly empty: ReactNode;
}

function ChartGroupTable({ onEdit, onDelete, empty }: ChartGroupTableProps) {
  const m = useMessages(chartMessages);
  const caller = useCaller();
  const list = useListState({ table: 'tke-chart-groups', sort: 'name' });
  useWatch(paths.chartGroups, chartGroupsQuery.queryKey);
  const query = useQuery({
    ...chartGroupsQuery,
    select: (all) =>
      pageOf(all, {
        list,
        search: list.filter('q'),
        textOf: ({ spec }) => `${spec.name} ${spec.displayName ?? ''} ${spec.description ?? ''}`,
        values: {
          name: ({ spec }) => spec.name,
          charts: ({ status }) => status.chartCount,
          created: ({ metadata }) => metadata.creationTimestamp,
        },
      }),
  });
  return (
    <DataTable
      label={m.groups}
      table="tke-chart-groups"
      list={list}
      query={query}
      columns={useChartGroupColumns({ onEdit, onDelete: (row) => onDelete([row]) })}
      keyOf={({ metadata }) => metadata.name}
      nameOf={({ spec }) => spec.name}
      empty={empty}
      toolbar={
        <SearchInput
          label={m.search}
          value={list.filter('q')}
          onChange={(value) => list.setFilter('q', value)}
        />
      }
      {...(canCreate(caller) && {
        renderBatch: (rows: readonly ChartGroup[]) => (
          <BatchDeleteButton
            rows={rows.filter((row) => canDeleteChartGroup(caller, row))}
            onDelete={onDelete}
          />
        ),
      })}
    />
  );
}
