import { Checkbox, Group, ScrollArea, Stack, Table, Text, UnstyledButton } from '@mantine/core';
import {
  IconChevronDown,
  IconChevronRight,
  IconChevronUp,
  IconSelector,
} from '@tabler/icons-react';
import type { UseQueryResult } from '@tanstack/react-query';
import { Fragment, type ReactNode, useState } from 'react';
import type { Listed } from '../lib/api.ts';
import { common } from '../lib/common-messages.ts';
import type { ListState } from '../lib/list-state.ts';
import { useMessages } from '../lib/messages.ts';
import { usePreferences } from '../lib/preferences.ts';
import { ColumnMenu } from './column-menu.tsx';
import { Pager } from './pager.tsx';
import { Empty, Failure, SkeletonLines } from './states.tsx';

export interface Column<T> {
  readonly key: string;
  readonly title: string;
  render(row: T): ReactNode;
  /** What the API calls it when it sorts by it; absent: it cannot. */
  readonly sort?: string;
  readonly align?: 'left' | 'right';
  /** Always shown; the others can be hidden. */
  readonly isFixed?: boolean;
}

export interface DataTableProps<T> {
  /** What the table is of, for those who hear it. */
  readonly label: string;
  /** Names the table in what the browser remembers. */
  readonly table: string;
  readonly columns: readonly Column<T>[];
  readonly query: UseQueryResult<Listed<T>>;
  readonly list: ListState;
  keyOf(row: T): string;
  /** How a row is called in the labels of its checkbox and its buttons. */
  nameOf(row: T): string;
  /** Shown where there is nothing and nothing was searched for. */
  readonly empty: ReactNode;
  /** Filters and buttons above the table. */
  readonly toolbar?: ReactNode;
  /** Buttons for the rows selected; without it none can be selected. */
  renderBatch?(rows: readonly T[], clear: () => void): ReactNode;
  /** What a row has to show when it is opened; undefined: it has nothing. */
  renderDetail?(row: T): ReactNode;
}

/** A page of a list that the server sorts, filters and pages. */
export function DataTable<T>(props: DataTableProps<T>) {
  const { columns, table, query, list, toolbar, renderBatch } = props;
  const hidden = new Set(usePreferences().hiddenColumns?.[table]);
  const shown = columns.filter(({ key, isFixed }) => isFixed === true || !hidden.has(key));
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const chosen = (query.data?.items ?? []).filter((row) => selected.has(props.keyOf(row)));
  return (
    <Stack gap="xs">
      <Group justify="space-between" align="end">
        <Group gap="xs">{toolbar}</Group>
        <ColumnMenu table={table} columns={columns} />
      </Group>
      {renderBatch !== undefined && chosen.length > 0 && (
        <BatchBar count={chosen.length}>
          {renderBatch(chosen, () => setSelected(new Set()))}
        </BatchBar>
      )}
      <TableBody {...props} columns={shown} selected={selected} onSelect={setSelected} />
      {query.data !== undefined && query.data.total > 0 && (
        <Pager list={list} total={query.data.total} />
      )}
    </Stack>
  );
}

function BatchBar({ count, children }: { count: number; children: ReactNode }) {
  const m = useMessages(common);
  return (
    <Group className="batch-bar" gap="sm">
      <Text size="sm" role="status">
        {m.selected(count)}
      </Text>
      {children}
    </Group>
  );
}

interface BodyProps<T> extends DataTableProps<T> {
  readonly selected: ReadonlySet<string>;
  onSelect(selected: ReadonlySet<string>): void;
}

function TableBody<T>(props: BodyProps<T>) {
  const { query, list, empty, label } = props;
  const m = useMessages(common);
  if (query.data === undefined) {
    if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
    return <SkeletonLines count={8} />;
  }
  if (query.data.items.length === 0) {
    if (!list.isFiltered && list.page === 1) return <>{empty}</>;
    return (
      <Empty title={m.nothingFound}>
        <Text c="dimmed">{m.nothingFoundHint}</Text>
      </Empty>
    );
  }
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': label }}>
      <Table aria-label={label} highlightOnHover verticalSpacing="xs" aria-busy={query.isFetching}>
        <HeaderRow {...props} rows={query.data.items} />
        <Table.Tbody>
          {query.data.items.map((row) => (
            <Row key={props.keyOf(row)} {...props} row={row} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function HeaderRow<T>(props: BodyProps<T> & { rows: readonly T[] }) {
  const { columns, list, rows, selected, onSelect, renderBatch, renderDetail } = props;
  const m = useMessages(common);
  const keys = rows.map(props.keyOf);
  const count = keys.filter((key) => selected.has(key)).length;
  return (
    <Table.Thead>
      <Table.Tr>
        {renderDetail !== undefined && <Table.Td w={36} />}
        {renderBatch !== undefined && (
          <Table.Td w={36}>
            <Checkbox
              aria-label={m.selectAll}
              checked={count > 0 && count === keys.length}
              indeterminate={count > 0 && count < keys.length}
              onChange={() => onSelect(new Set(count === keys.length ? [] : keys))}
            />
          </Table.Td>
        )}
        {columns.map((column) => (
          <HeaderCell key={column.key} column={column} list={list} />
        ))}
      </Table.Tr>
    </Table.Thead>
  );
}

function HeaderCell<T>({ column, list }: { column: Column<T>; list: ListState }) {
  const m = useMessages(common);
  const { title, sort, align = 'left' } = column;
  if (title === '') return <Table.Td data-column={column.key} />;
  if (sort === undefined) {
    return (
      <Table.Th ta={align} data-column={column.key}>
        {title}
      </Table.Th>
    );
  }
  const isUp = list.sort === sort;
  const isDown = list.sort === `-${sort}`;
  const Mark = isUp ? IconChevronUp : isDown ? IconChevronDown : IconSelector;
  return (
    <Table.Th ta={align} aria-sort={isUp ? 'ascending' : isDown ? 'descending' : 'none'}>
      <UnstyledButton
        className="sort-button"
        aria-label={m.sortBy(title)}
        onClick={() => list.setSort(isUp ? `-${sort}` : sort)}
      >
        {title} <Mark size={14} aria-hidden />
      </UnstyledButton>
    </Table.Th>
  );
}

function Row<T>(props: BodyProps<T> & { row: T }) {
  const { row, columns, selected, onSelect, renderBatch, renderDetail } = props;
  const m = useMessages(common);
  const [isOpen, setOpen] = useState(false);
  const key = props.keyOf(row);
  const name = props.nameOf(row);
  const detail = renderDetail?.(row);
  const extra = (renderDetail === undefined ? 0 : 1) + (renderBatch === undefined ? 0 : 1);
  return (
    <Fragment>
      <Table.Tr data-selected={selected.has(key) || undefined}>
        {renderDetail !== undefined && (
          <Table.Td>
            {detail !== undefined && detail !== null && (
              <UnstyledButton
                className="expand-button"
                aria-label={m.expandRow(name)}
                aria-expanded={isOpen}
                onClick={() => setOpen(!isOpen)}
              >
                {isOpen ? <IconChevronDown size={16} /> : <IconChevronRight size={16} />}
              </UnstyledButton>
            )}
          </Table.Td>
        )}
        {renderBatch !== undefined && (
          <Table.Td>
            <Checkbox
              aria-label={m.selectRow(name)}
              checked={selected.has(key)}
              onChange={() => onSelect(toggled(selected, key))}
            />
          </Table.Td>
        )}
        {columns.map(({ key, render, align = 'left' }) => (
          <Table.Td key={key} ta={align} data-column={key}>
            {render(row)}
          </Table.Td>
        ))}
      </Table.Tr>
      {isOpen && (
        <Table.Tr>
          <Table.Td colSpan={columns.length + extra} className="row-detail">
            {detail}
          </Table.Td>
        </Table.Tr>
      )}
    </Fragment>
  );
}

function toggled(set: ReadonlySet<string>, key: string): ReadonlySet<string> {
  const next = new Set(set);
  if (!next.delete(key)) next.add(key);
  return next;
}
