import { Table } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { contentMessages } from './content-messages.ts';
import { PlainTable } from './plain-table.tsx';
import { Section } from './section.tsx';
import { UntrustedText } from './untrusted-text.tsx';

interface PairsProps {
  readonly title: string;
  readonly pairs: readonly (readonly [string, string])[];
  /** What the names are. */
  readonly keyTitle?: string;
}

/** Names and values that a stranger gave, such as annotations; nothing where there are none. */
export function Pairs({ title, pairs, keyTitle }: PairsProps) {
  const m = useMessages(contentMessages);
  if (pairs.length === 0) return null;
  return (
    <Section title={title}>
      <PlainTable label={title} columns={[keyTitle ?? m.key, m.value]} minWidth={320}>
        {pairs.map(([key, value], index) => (
          <Table.Tr key={`${index} ${key}`}>
            <Table.Td ff="monospace" fz="xs" style={{ overflowWrap: 'anywhere' }} w="35%">
              {key}
            </Table.Td>
            <Table.Td ff="monospace" fz="xs">
              <UntrustedText>{value}</UntrustedText>
            </Table.Td>
            <Table.Td w={36}>
              <CopyButton value={value} label={key} />
            </Table.Td>
          </Table.Tr>
        ))}
      </PlainTable>
    </Section>
  );
}
