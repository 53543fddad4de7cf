import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { Empty, QueryView } from '../../ui/states.tsx';
import { useArtifact } from './artifact-place.ts';
import { additionQuery } from './artifact-queries.ts';
import { parseDependencies } from './attrs.ts';
import { contentMessages } from './content-messages.ts';
import { artifactMessages } from './messages.ts';
import { PlainTable } from './plain-table.tsx';
import { UntrustedText } from './untrusted-text.tsx';

/** The charts that a chart needs. */
export function DependenciesTab() {
  const place = useArtifact();
  const query = useQuery(additionQuery(place, place.artifact.digest, 'dependencies'));
  return <QueryView query={query}>{(text) => <Dependencies text={text} />}</QueryView>;
}

function Dependencies({ text }: { text: string }) {
  const words = useMessages(common);
  const page = useMessages(artifactMessages);
  const m = useMessages(contentMessages);
  const dependencies = parseDependencies(text);
  if (dependencies.length === 0) {
    return (
      <Empty title={m.noDependenciesTitle}>
        <Text>{m.noDependenciesText}</Text>
      </Empty>
    );
  }
  return (
    <PlainTable
      label={page.tabDependencies}
      columns={[words.name, m.version, m.repository, m.condition]}
    >
      {dependencies.map(({ name, version, repository, condition }, index) => (
        <Table.Tr key={`${index} ${name}`}>
          <Table.Td>{name}</Table.Td>
          <Table.Td>{version}</Table.Td>
          <Table.Td>
            <UntrustedText>{repository}</UntrustedText>
          </Table.Td>
          <Table.Td ff="monospace" fz="xs">
            {condition}
          </Table.Td>
        </Table.Tr>
      ))}
    </PlainTable>
  );
}
