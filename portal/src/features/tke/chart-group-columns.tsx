import { Menu, Stack, Text } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import type { Column } from '../../ui/data-table.tsx';
import { Link } from '../../ui/link.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { Time } from '../../ui/values.tsx';
import { chartMessages } from './chart-messages.ts';
import { LockItem } from './lock-item.tsx';
import { tkeMessages } from './messages.ts';
import { PhaseStatus } from './phase-status.tsx';
import { useCaller } from './tke-queries.ts';
import { type Caller, canDeleteChartGroup, canManageChartGroup } from './tke-rights.ts';
import type { ChartGroup } from './tke-types.ts';

interface ChartGroupActions {
  onEdit(row: ChartGroup): void;
  onDelete(row: ChartGroup): void;
}

export function useChartGroupColumns(actions: ChartGroupActions): readonly Column<ChartGroup>[] {
  const m = useMessages(chartMessages);
  const words = useMessages(tkeMessages);
  const caller = useCaller();
  const format = useFormat();
  const tenant: Column<ChartGroup> = {
    key: 'tenant',
    title: words.tenant,
    render: ({ spec }) => spec.tenantID,
  };
  return [
    {
      key: 'name',
      title: m.group,
      sort: 'name',
      isFixed: true,
      render: (row) => <NameCell row={row} isOfMany={caller.isPrivileged} />,
    },
    ...(caller.isPrivileged ? [tenant] : []),
    {
      key: 'charts',
      title: m.charts,
      sort: 'charts',
      align: 'right',
      render: ({ status }) => format.number(status.chartCount),
    },
    { key: 'type', title: words.type, render: ({ spec }) => words.types(spec.type) },
    {
      key: 'visibility',
      title: words.visibility,
      render: ({ spec }) => words.visibilities(spec.visibility),
    },
    { key: 'creator', title: m.creator, render: ({ spec }) => spec.creator ?? '—' },
    { key: 'phase', title: words.phase, render: ({ status }) => <PhaseStatus status={status} /> },
    {
      key: 'created',
      title: words.createdAt,
      sort: 'created',
      render: ({ metadata }) => <Time value={metadata.creationTimestamp} />,
    },
    {
      key: 'menu',
      title: '',
      align: 'right',
      isFixed: true,
      render: (row) => <ChartGroupMenu row={row} caller={caller} {...actions} />,
    },
  ];
}

function NameCell({ row: { spec }, isOfMany }: { row: ChartGroup; isOfMany: boolean }) {
  const description = spec.displayName || spec.description;
  return (
    <Stack gap={0}>
      <Link
        to="/tke/chart-groups/$group"
        params={{ group: spec.name }}
        search={isOfMany ? { tenant: spec.tenantID } : {}}
      >
        {spec.name}
      </Link>
      {description !== undefined && description !== '' && (
        <Text size="xs" c="dimmed">
          {description}
        </Text>
      )}
    </Stack>
  );
}

function ChartGroupMenu({
  row,
  caller,
  onEdit,
  onDelete,
}: ChartGroupActions & { row: ChartGroup; caller: Caller }) {
  const words = useMessages(common);
  const canManage = canManageChartGroup(caller, row);
  const canDelete = canDeleteChartGroup(caller, row);
  if (!canManage && !canDelete) return null;
  return (
    <RowMenu name={row.spec.name}>
      {canManage && <Menu.Item onClick={() => onEdit(row)}>{words.edit}</Menu.Item>}
      {caller.isAdmin && <LockItem resource="chartgroups" object={row} />}
      {canDelete && (
        <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(row)}>
          {words.delete}
        </Menu.Item>
      )}
    </RowMenu>
  );
}
