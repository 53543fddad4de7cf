import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useFormat } from '../../lib/format.ts';
import { useListState } from '../../lib/list-state.ts';
import { pageOf } from '../../lib/local-list.ts';
import { useMessages } from '../../lib/messages.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { Time } from '../../ui/values.tsx';
import { BatchDeleteButton } from './batch-delete-button.tsx';
import { chartMessages } from './chart-messages.ts';
import { ChartVersions } from './chart-versions.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { tkeMessages } from './messages.ts';
import { PhaseStatus } from './phase-status.tsx';
import { paths, tke } from './tke-api.ts';
import { chartsQuery, useCaller, usePlace } from './tke-queries.ts';
import { canDeleteCharts } from './tke-rights.ts';
import type { Chart, ChartGroup } from './tke-types.ts';
import { useWatch } from './tke-watch.ts';
import { newestVersion } from './versions.ts';

/** The charts of a group; an opened row has the versions. */
export function ChartsTab({ group, onGuide }: { group: ChartGroup; onGuide: () => void }) {
  const m = useMessages(chartMessages);
  const canDelete = canDeleteCharts(useCaller(), group);
  const [deleted, setDeleted] = useState<readonly Chart[]>([]);
  const list = useListState({ table: 'tke-charts', sort: 'name' });
  const place = usePlace(group.spec.name);
  useWatch(paths.charts(place), chartsQuery(place).queryKey);
  const query = useQuery({
    ...chartsQuery(place),
    select: (all) =>
      pageOf(all, {
        list,
        search: list.filter('q'),
        textOf: ({ spec }) => spec.name,
        values: {
          name: ({ spec }) => spec.name,
          versions: ({ status }) => status.versions.length,
          pulls: ({ status }) => status.pullCount,
        },
      }),
  });
  return (
    <>
      <DataTable
        label={m.chartTab}
        table="tke-charts"
        // The tenant of the address is no filter.
        list={{ ...list, isFiltered: list.filter('q') !== '' }}
        query={query}
        columns={useColumns()}
        keyOf={({ metadata }) => metadata.name}
        nameOf={({ spec }) => spec.name}
        renderDetail={(row) => <ChartVersions chart={row} canDelete={canDelete} />}
        empty={<NoCharts onGuide={onGuide} />}
        toolbar={
          <SearchInput
            label={m.searchCharts}
            value={list.filter('q')}
            onChange={(value) => list.setFilter('q', value)}
          />
        }
        {...(canDelete && {
          renderBatch: (rows: readonly Chart[]) => (
            <BatchDeleteButton rows={rows} onDelete={setDeleted} />
          ),
        })}
      />
      <DeleteDialog
        title={m.deleteCharts}
        text={m.deleteChartsText}
        items={deleted}
        nameOf={({ spec }) => spec.name}
        remove={(row) => tke.remove('charts', row)}
        onClose={() => setDeleted([])}
      />
    </>
  );
}

function NoCharts({ onGuide }: { onGuide: () => void }) {
  const m = useMessages(chartMessages);
  const words = useMessages(tkeMessages);
  return (
    <Empty title={m.noCharts}>
      <Text c="dimmed">{m.noChartsHint}</Text>
      <Button onClick={onGuide}>{words.showGuide}</Button>
    </Empty>
  );
}

function useColumns(): readonly Column<Chart>[] {
  const m = useMessages(chartMessages);
  const words = useMessages(tkeMessages);
  const format = useFormat();
  return [
    {
      key: 'name',
      title: m.chart,
      sort: 'name',
      isFixed: true,
      render: ({ spec }) => spec.name,
    },
    {
      key: 'latest',
      title: m.latest,
      render: ({ status }) => newestVersion(status.versions)?.version ?? '—',
    },
    {
      key: 'versions',
      title: m.versions,
      sort: 'versions',
      align: 'right',
      render: ({ status }) => format.number(status.versions.length),
    },
    {
      key: 'pulls',
      title: m.pulls,
      sort: 'pulls',
      align: 'right',
      render: ({ status }) => format.number(status.pullCount),
    },
    { key: 'phase', title: words.phase, render: ({ status }) => <PhaseStatus status={status} /> },
    {
      key: 'pushed',
      title: m.pushed,
      render: ({ status }) => <Time value={newestVersion(status.versions)?.timeCreated} />,
    },
  ];
}
