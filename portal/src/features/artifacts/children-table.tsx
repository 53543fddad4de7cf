import { Table, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useMessages } from '../../lib/messages.ts';
import { shortDigest } from '../../lib/reference.ts';
import { CopyButton } from '../../ui/copy.tsx';
import { QueryView } from '../../ui/states.tsx';
import { Bytes } from '../../ui/values.tsx';
import { useArtifact } from './artifact-place.ts';
import { type Anatomy, anatomyQuery } from './artifact-queries.ts';
import { contentMessages } from './content-messages.ts';
import { artifactMessages } from './messages.ts';
import { PlainTable } from './plain-table.tsx';
import { ReferenceLink } from './reference-link.tsx';
import { Section } from './section.tsx';

type Child = NonNullable<Anatomy['children']>[number];

/** What an index lists: the same image for several platforms. */
export function ChildrenTable() {
  const page = useMessages(artifactMessages);
  const m = useMessages(contentMessages);
  const place = useArtifact();
  const query = useQuery(anatomyQuery(place, place.artifact.digest));
  return (
    <Section title={page.platforms}>
      <QueryView query={query}>
        {({ children = [] }) => (
          <PlainTable
            label={page.platforms}
            columns={[m.platform, page.tabManifest, page.type, page.size]}
          >
            {children.map((child, index) => (
              <ChildRow key={`${index} ${child.digest}`} child={child} />
            ))}
          </PlainTable>
        )}
      </QueryView>
    </Section>
  );
}

function ChildRow({ child }: { child: Child }) {
  const m = useMessages(contentMessages);
  const { project, repository } = useArtifact();
  const { digest, total_size: size, platform, os_version: version } = child;
  const short = shortDigest(digest);
  return (
    <Table.Tr>
      <Table.Td>
        {platform ?? (
          <Text span inherit c="dimmed">
            {m.noPlatform}
          </Text>
        )}
        {version !== undefined && ` ${version}`}
      </Table.Td>
      <Table.Td ff="monospace">
        {size === undefined ? (
          short
        ) : (
          <ReferenceLink project={project} repository={repository} digest={digest}>
            {short}
          </ReferenceLink>
        )}{' '}
        <CopyButton value={digest} label={short} />
      </Table.Td>
      <Table.Td fz="xs">{child.artifact_type ?? child.media_type}</Table.Td>
      <Table.Td>{size === undefined ? m.notStored : <Bytes value={size} />}</Table.Td>
    </Table.Tr>
  );
}
