import { Badge, Button, Group, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { shortDigest } from '../../lib/reference.ts';
import { Time } from '../../ui/values.tsx';
import { isGoing, type LogRow } from './log-table.ts';
import { retentionMessages } from './messages.ts';
import { describeReason } from './reason.ts';

interface DecisionTableProps {
  readonly rows: readonly LogRow[];
  readonly label: string;
  readonly isDryRun: boolean;
}

/** Rows at first; a log can have two thousand. */
const STEP = 100;

/** Each artifact with what happens to it, and why. */
export function DecisionTable({ rows, label, isDryRun }: DecisionTableProps) {
  const m = useMessages(retentionMessages);
  const [most, setMost] = useState(STEP);
  if (rows.length === 0) return <Text size="sm">{m.noRows}</Text>;
  return (
    <Stack gap="xs" align="start">
      <ScrollArea
        type="auto"
        w="100%"
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': label }}
      >
        <Table aria-label={label} verticalSpacing={4}>
          <Table.Thead>
            <Table.Tr>
              {[m.artifact, m.decision, m.reason, m.pushed, m.pulled].map((title) => (
                <Table.Th key={title}>{title}</Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.slice(0, most).map((row) => (
              <DecisionRow
                key={`${row.digest} ${row.tags.join(' ')}`}
                row={row}
                isDryRun={isDryRun}
              />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
      {rows.length > most && (
        <Button size="xs" variant="default" onClick={() => setMost(most + STEP)}>
          {m.showMore(Math.min(STEP, rows.length - most))}
        </Button>
      )}
    </Stack>
  );
}

const TONES: Readonly<Record<string, string>> = { DEL: 'red', ERR: 'yellow', RETAIN: 'green' };

function DecisionRow({ row, isDryRun }: { row: LogRow; isDryRun: boolean }) {
  const m = useMessages(retentionMessages);
  const { digest, tags, mark, reason, pushedAt, pulledAt } = row;
  return (
    <Table.Tr>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          {tags.length === 0 && (
            <Text size="sm" c="dimmed">
              {m.noTag}
            </Text>
          )}
          {tags.map((tag) => (
            <Badge
              key={tag}
              variant="default"
              tt="none"
              miw="max-content"
              td={isGoing(row) ? 'line-through' : 'none'}
            >
              {tag}
            </Badge>
          ))}
          <Text size="xs" ff="monospace" c="dimmed">
            {shortDigest(digest)}
          </Text>
        </Group>
      </Table.Td>
      <Table.Td>
        <Badge variant="light" color={TONES[mark] ?? 'green'} tt="none" miw="max-content">
          {m.decisionOf(mark, isDryRun)}
        </Badge>
      </Table.Td>
      <Table.Td miw="12rem">{describeReason(reason, m)}</Table.Td>
      <Table.Td>
        <Time value={pushedAt} />
      </Table.Td>
      <Table.Td>
        <Time value={pulledAt} />
      </Table.Td>
    </Table.Tr>
  );
}
