import { Group, Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { pullCommand } from '../../lib/commands.ts';
import { useMessages } from '../../lib/messages.ts';
import { usePreferences } from '../../lib/preferences.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { Digest, Time } from '../../ui/values.tsx';
import { tkeMessages } from './messages.ts';
import { sysinfoQuery } from './tke-queries.ts';
import type { Repository } from './tke-types.ts';

const natural = new Intl.Collator('en', { numeric: true });

/** The tags of a repository, newest names first, with the commands that pull them. */
export function TagTable({ repository: { spec, status } }: { repository: Repository }) {
  const m = useMessages(tkeMessages);
  const { runtime = 'docker' } = usePreferences();
  const host = useQuery(sysinfoQuery).data?.registry.guidance.registry ?? '';
  if (status.tags.length === 0) return <Text c="dimmed">{m.noTags}</Text>;
  const tags = status.tags.toSorted((a, b) => natural.compare(b.name, a.name));
  return (
    <Table aria-label={`${m.tags}: ${spec.name}`} withRowBorders={false}>
      <Table.Thead>
        <Table.Tr>
          <Table.Th>{m.tag}</Table.Th>
          <Table.Th>{m.digest}</Table.Th>
          <Table.Th>{m.pushed}</Table.Th>
          <Table.Th>{m.pullCommand}</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {tags.map(({ name, digest, timeCreated }) => {
          const reference = `${host}/${spec.namespaceName}/${spec.name}:${name}`;
          const command = pullCommand(runtime, reference);
          return (
            <Table.Tr key={name}>
              <Table.Td>{name}</Table.Td>
              <Table.Td>
                <Digest value={digest} />
              </Table.Td>
              <Table.Td>
                <Time value={timeCreated} />
              </Table.Td>
              <Table.Td>
                <Group gap={4} wrap="nowrap">
                  <Text span size="xs" ff="monospace">
                    {command}
                  </Text>
                  <CopyButton value={command} label={`${m.pullCommand}: ${name}`} />
                </Group>
              </Table.Td>
            </Table.Tr>
          );
        })}
      </Table.Tbody>
    </Table>
  );
}
