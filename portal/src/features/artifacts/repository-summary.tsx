import { Box, Group, NativeSelect, Text } from '@mantine/core';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { RUNTIMES, updatePreferences, usePreferences } from '../../lib/preferences.ts';
import { Command } from '../../ui/copy.tsx';
import { Time } from '../../ui/values.tsx';
import type { RepositoryRow } from './repository-data.ts';
import { repositoryMessages } from './repository-messages.ts';
import { usePullCommand, wayOf } from './repository-pull.ts';

/** A repository in a line, and how to pull the latest of it. */
export function RepositorySummary({ row, repository }: { row: RepositoryRow; repository: string }) {
  const m = useMessages(repositoryMessages);
  const { runtime = 'docker' } = usePreferences();
  const { commandOf } = usePullCommand(repository);
  const [type = 'IMAGE'] = row.types ?? [];
  return (
    <>
      <Facts row={row} />
      {row.latest_tag !== undefined && (
        <Group gap="xs" align="start" maw={820}>
          {wayOf(type, runtime) === runtime && (
            <NativeSelect
              size="xs"
              aria-label={m.pullClient}
              data={[...RUNTIMES]}
              value={runtime}
              onChange={(event) => remember(event.currentTarget.value)}
            />
          )}
          <Box flex="1 1 280px" miw={0}>
            <Command label={m.pull}>{commandOf({ type, tag: row.latest_tag })}</Command>
          </Box>
        </Group>
      )}
    </>
  );
}

function Facts({ row }: { row: RepositoryRow }) {
  const m = useMessages(repositoryMessages);
  const format = useFormat();
  const facts = [
    [m.artifacts, format.number(row.artifact_count)],
    [m.pulls, format.number(row.pull_count)],
    ...(row.size === undefined ? [] : [[m.size, format.bytes(row.size)] as const]),
    [m.updated, <Time key="updated" value={row.update_time} />],
  ] as const;
  return (
    <Group gap="lg">
      {facts.map(([name, value]) => (
        <Text key={name} size="sm">
          <Text span inherit c="dimmed">
            {name}
          </Text>{' '}
          {value}
        </Text>
      ))}
    </Group>
  );
}

function remember(value: string): void {
  const runtime = RUNTIMES.find((one) => one === value);
  if (runtime !== undefined) updatePreferences({ runtime });
}
