import { ScrollArea, Table } from '@mantine/core';
import type { ReactNode } from 'react';

interface PlainTableProps {
  readonly label: string;
  readonly columns: readonly string[];
  readonly children: ReactNode;
  /** Width below which it scrolls. */
  readonly minWidth?: number;
}

/** A table of what came in one answer: rows are `Table.Tr`. */
export function PlainTable({ label, columns, children, minWidth = 480 }: PlainTableProps) {
  return (
    <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': label }}>
      <Table aria-label={label} verticalSpacing="xs" miw={minWidth}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((column) => (
              <Table.Th key={column}>{column}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>{children}</Table.Tbody>
      </Table>
    </ScrollArea>
  );
}
