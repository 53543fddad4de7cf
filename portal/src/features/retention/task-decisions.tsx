import { Group, SegmentedControl, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { LogViewer } from '../../ui/log-viewer.tsx';
import { QueryView } from '../../ui/states.tsx';
import { DecisionTable } from './decision-table.tsx';
import { isGoing, type LogTable, parseLogTable } from './log-table.ts';
import { retentionMessages } from './messages.ts';
import { logQuery, type TaskPlace } from './retention-queries.ts';

interface TaskDecisionsProps {
  readonly place: TaskPlace;
  readonly repository: string;
  readonly isDryRun: boolean;
}

/** What a run decides of a repository's artifacts: its log, as a table where it has one. */
export function TaskDecisions({ place, repository, isDryRun }: TaskDecisionsProps) {
  const m = useMessages(retentionMessages);
  const query = useQuery(logQuery(place));
  return (
    <QueryView query={query}>
      {(log) => {
        const table = parseLogTable(log);
        const text = <LogViewer text={log} label={m.logOf(repository)} />;
        if (table === undefined) return text;
        return <Decisions table={table} repository={repository} isDryRun={isDryRun} text={text} />;
      }}
    </QueryView>
  );
}

const VIEWS = ['all', 'going', 'staying', 'text'] as const;
type View = (typeof VIEWS)[number];

interface DecisionsProps extends Omit<TaskDecisionsProps, 'place'> {
  readonly table: LogTable;
  /** The whole log. */
  readonly text: ReactNode;
}

function Decisions({ table, repository, isDryRun, text }: DecisionsProps) {
  const m = useMessages(retentionMessages);
  const [view, setView] = useState<View>('all');
  const rows = table.rows.filter((row) => view === 'all' || isGoing(row) === (view === 'going'));
  const labels = { all: m.showAll, going: m.showGoing, staying: m.showStaying, text: m.rawLog };
  return (
    <Stack gap="xs">
      <Group>
        <SegmentedControl
          size="xs"
          aria-label={m.show}
          data={VIEWS.map((value) => ({ value, label: labels[value] }))}
          value={view}
          onChange={(value) => setView(VIEWS.find((one) => one === value) ?? 'all')}
        />
      </Group>
      {view === 'text' ? (
        text
      ) : (
        <DecisionTable rows={rows} label={m.artifactsOf(repository)} isDryRun={isDryRun} />
      )}
      {table.moreCount > 0 && <Text size="sm">{m.moreRows(table.moreCount)}</Text>}
    </Stack>
  );
}
