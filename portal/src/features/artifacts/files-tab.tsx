import { Group, Table, Text } from '@mantine/core';
import { IconFile, IconFolder } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMessages } from '../../lib/messages.ts';
import { Empty, QueryView } from '../../ui/states.tsx';
import { Bytes } from '../../ui/values.tsx';
import { useArtifact } from './artifact-place.ts';
import { additionQuery } from './artifact-queries.ts';
import { type ModelFile, parseFiles } from './attrs.ts';
import { contentMessages } from './content-messages.ts';
import { artifactMessages } from './messages.ts';
import { PlainTable } from './plain-table.tsx';

/** The files of a model. */
export function FilesTab() {
  const page = useMessages(artifactMessages);
  const m = useMessages(contentMessages);
  const place = useArtifact();
  const query = useQuery(additionQuery(place, place.artifact.digest, 'files'));
  return (
    <QueryView query={query}>
      {(text) => {
        const files = parseFiles(text);
        if (files.length === 0) {
          return (
            <Empty title={m.noFilesTitle}>
              <Text>{m.noFilesText}</Text>
            </Empty>
          );
        }
        return (
          <PlainTable label={page.tabFiles} columns={[m.file, page.size]}>
            {files.map((file) => (
              <FileRow key={file.path} file={file} />
            ))}
          </PlainTable>
        );
      }}
    </QueryView>
  );
}

function FileRow({ file: { name, depth, size } }: { file: ModelFile }) {
  const Icon = size === undefined ? IconFolder : IconFile;
  return (
    <Table.Tr>
      <Table.Td pl={`calc(var(--mantine-spacing-lg) * ${depth} + var(--mantine-spacing-xs))`}>
        <Group gap="xs" wrap="nowrap">
          <Icon size={16} aria-hidden style={{ flexShrink: 0 }} />
          <Text span inherit style={{ overflowWrap: 'anywhere' }}>
            {name}
          </Text>
        </Group>
      </Table.Td>
      <Table.Td>{size !== undefined && <Bytes value={size} />}</Table.Td>
    </Table.Tr>
  );
}
