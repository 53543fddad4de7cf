import { Stack, Table, Title } from '@mantine/core';
import type { Answer } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { Status } from '../../ui/values.tsx';
import { systemMessages } from './messages.ts';

export function ComponentsTable({ components }: { components: Answer<'getHealth'>['components'] }) {
  const m = useMessages(systemMessages);
  const hasErrors = components.some(({ error }) => error !== undefined);
  return (
    <Stack gap="xs">
      <Title order={2} size="h4">
        {m.components}
      </Title>
      <Table aria-label={m.components} verticalSpacing="xs" maw={720}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{m.componentName}</Table.Th>
            <Table.Th>{m.state}</Table.Th>
            {hasErrors && <Table.Th>{m.detail}</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {components.map(({ name, status, error }) => (
            <Table.Tr key={name}>
              <Table.Td>{m.component(name)}</Table.Td>
              <Table.Td>
                <Status value={status} label={m.states(status)} />
              </Table.Td>
              {hasErrors && <Table.Td>{error}</Table.Td>}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Stack>
  );
}
