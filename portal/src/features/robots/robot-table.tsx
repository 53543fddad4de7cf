import { Button, Menu, SegmentedControl, Text } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, many, type Query } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { allOf, contains, type ListState, useListState } from '../../lib/list-state.ts';
import { useMessages } from '../../lib/messages.ts';
import { useOrder } from '../../lib/order.ts';
import { type Column, DataTable } from '../../ui/data-table.tsx';
import { RowMenu } from '../../ui/row-menu.tsx';
import { SearchInput } from '../../ui/search-input.tsx';
import { Empty } from '../../ui/states.tsx';
import { ExpiringAlert } from './expiring-alert.tsx';
import { robotsMessages } from './messages.ts';
import { useRobotColumns } from './robot-columns.tsx';
import { RobotDetail } from './robot-detail.tsx';
import type { Robot } from './robot-draft.ts';
import { type RobotOrder, RobotOrderDialog } from './robot-orders.tsx';
import type { RobotPlace } from './robot-place.ts';

interface RobotTableProps {
  readonly place: RobotPlace;
  onEdit(robot: Robot): void;
  onRefresh(robot: Robot): void;
}

/** The robots of a place. */
export function RobotTable({ place, onEdit, onRefresh }: RobotTableProps) {
  const m = useMessages(robotsMessages);
  const list = useListState({ table: 'robots', sort: 'name' });
  const asked = queryOf(list, place);
  const order = useOrder<RobotOrder>();
  const query = useQuery({
    queryKey: ['robots', asked],
    queryFn: ({ signal }) =>
      many(api.GET('/api/v2.0/robots', { params: { query: asked }, signal })),
    placeholderData: keepPreviousData,
  });
  const menu = useMenuColumn({ place, onEdit, onRefresh, onOrder: order.open });
  const now = new Date(query.dataUpdatedAt);
  const columns = useRobotColumns(now);
  return (
    <>
      <ExpiringAlert robots={query.data?.items ?? []} now={now} />
      <DataTable
        label={m.list}
        table="robots"
        columns={[...columns, ...menu]}
        query={query}
        list={list}
        keyOf={({ id }) => String(id)}
        nameOf={({ name }) => name}
        empty={
          <Empty title={m.emptyTitle}>
            <Text c="dimmed">{m.emptyText}</Text>
            {!place.mayCreate && <Text c="dimmed">{m.emptyReader}</Text>}
          </Empty>
        }
        toolbar={<Filters list={list} />}
        renderDetail={(robot) => <RobotDetail robot={robot} />}
        {...((place.mayUpdate || place.mayDelete) && {
          renderBatch: (robots: readonly Robot[], clear: () => void) => (
            <RobotBatch robots={robots} place={place} clear={clear} onOrder={order.open} />
          ),
        })}
      />
      <RobotOrderDialog order={order} />
    </>
  );
}

function queryOf(list: ListState, { project }: RobotPlace): Query<'ListRobot'> {
  const state = list.filter('state');
  const q = allOf(
    project === undefined ? undefined : `Level=project,ProjectID=${project.id}`,
    contains('name', list.filter('name')),
    state === '' ? undefined : `disabled=${state === 'disabled'}`,
  );
  return {
    page: list.page,
    page_size: list.size,
    ...(list.sort !== undefined && { sort: list.sort }),
    ...(q !== undefined && { q }),
  };
}

function Filters({ list }: { list: ListState }) {
  const m = useMessages(robotsMessages);
  const words = useMessages(common);
  return (
    <>
      <SegmentedControl
        aria-label={m.show}
        data={[
          { value: '', label: m.all },
          { value: 'enabled', label: words.enabled },
          { value: 'disabled', label: words.disabled },
        ]}
        value={list.filter('state')}
        onChange={(value) => list.setFilter('state', value)}
      />
      <SearchInput
        label={m.searchName}
        value={list.filter('name')}
        onChange={(value) => list.setFilter('name', value)}
      />
    </>
  );
}

interface MenuOptions extends RobotTableProps {
  onOrder(order: RobotOrder): void;
}

function useMenuColumn(options: MenuOptions): readonly Column<Robot>[] {
  const { place, onEdit, onRefresh, onOrder } = options;
  const m = useMessages(robotsMessages);
  const words = useMessages(common);
  const { mayUpdate, mayDelete } = place;
  if (!mayUpdate && !mayDelete) return [];
  const ask = (kind: RobotOrder['kind'], robot: Robot) =>
    onOrder({ kind, robots: [robot], clear: () => {} });
  return [
    {
      key: 'actions',
      title: '',
      isFixed: true,
      align: 'right',
      render: (robot) => (
        <RowMenu name={robot.name}>
          {mayUpdate && (
            <>
              <Menu.Item onClick={() => onEdit(robot)}>{words.edit}</Menu.Item>
              <Menu.Item onClick={() => onRefresh(robot)}>{m.refreshSecret}</Menu.Item>
              <Menu.Item onClick={() => ask(robot.disable ? 'enable' : 'disable', robot)}>
                {robot.disable ? words.enable : words.disable}
              </Menu.Item>
            </>
          )}
          {mayDelete && (
            <Menu.Item c="var(--mantine-color-error)" onClick={() => ask('delete', robot)}>
              {words.delete}
            </Menu.Item>
          )}
        </RowMenu>
      ),
    },
  ];
}

interface RobotBatchProps {
  readonly robots: readonly Robot[];
  readonly place: RobotPlace;
  clear(): void;
  onOrder(order: RobotOrder): void;
}

function RobotBatch({ robots, place, clear, onOrder }: RobotBatchProps) {
  const m = useMessages(robotsMessages);
  const disabled = robots.filter(({ disable }) => disable);
  const enabled = robots.filter(({ disable }) => !disable);
  return (
    <>
      {place.mayUpdate && disabled.length > 0 && (
        <Button
          size="xs"
          variant="default"
          onClick={() => onOrder({ kind: 'enable', robots: disabled, clear })}
        >
          {m.enableRobots(disabled.length)}
        </Button>
      )}
      {place.mayUpdate && enabled.length > 0 && (
        <Button
          size="xs"
          variant="default"
          onClick={() => onOrder({ kind: 'disable', robots: enabled, clear })}
        >
          {m.disableRobots(enabled.length)}
        </Button>
      )}
      {place.mayDelete && (
        <Button
          size="xs"
          color="red"
          variant="light"
          leftSection={<IconTrash size={14} aria-hidden />}
          onClick={() => onOrder({ kind: 'delete', robots, clear })}
        >
          {m.deleteRobots(robots.length)}
        </Button>
      )}
    </>
  );
}
