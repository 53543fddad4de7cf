import { Group, ScrollArea, Table, Text } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { presentReference, shortDigest } from '../../lib/reference.ts';
import { ArtifactType } from '../../ui/artifact-type.tsx';
import { Link } from '../../ui/link.tsx';
import { Bytes, Time } from '../../ui/values.tsx';
import type { Dashboard } from './dashboard.ts';
import { dashboardMessages } from './messages.ts';
import { Panel } from './panel.tsx';

type Push = Dashboard['recent_pushes'][number];

/** What came in last, of all that the reader sees. */
export function RecentPushes({ pushes }: { pushes: readonly Push[] }) {
  const m = useMessages(dashboardMessages);
  return (
    <Panel title={m.recentPushes}>
      <ScrollArea
        type="auto"
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': m.recentPushes }}
      >
        <Table aria-label={m.recentPushes} verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{m.artifact}</Table.Th>
              <Table.Th ta="right">{m.size}</Table.Th>
              <Table.Th>{m.pushed}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {pushes.map((push) => (
              <PushRow key={`${push.project_id} ${push.repository} ${push.digest}`} push={push} />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </Panel>
  );
}

/** Fingers need 24 pixels, and lines are lower (WCAG 2.5.8). */
const target = { display: 'inline-block', py: 2, miw: 24 } as const;

function PushRow({ push }: { push: Push }) {
  const { project, repository, tags } = push;
  return (
    <Table.Tr>
      <Table.Td miw={200}>
        <Group gap={6} wrap="nowrap" align="start">
          <ArtifactType type={push.type} />
          <div>
            <Link
              to="/p/$project/r/$"
              params={{ project, _splat: repository }}
              fw={500}
              {...target}
            >
              {project}/{repository}
            </Link>
            <References push={push} tags={tags} />
          </div>
        </Group>
      </Table.Td>
      <Table.Td ta="right" style={{ whiteSpace: 'nowrap' }}>
        <Bytes value={push.size} />
      </Table.Td>
      <Table.Td style={{ whiteSpace: 'nowrap' }}>
        <Time value={push.push_time} />
      </Table.Td>
    </Table.Tr>
  );
}

function References({ push, tags }: { push: Push; tags: readonly string[] }) {
  const { project, repository, digest } = push;
  const places =
    tags.length === 0
      ? [{ name: shortDigest(digest), reference: { repository, digest } }]
      : tags.map((tag) => ({ name: tag, reference: { repository, tag } }));
  return (
    <Group gap={8}>
      {places.map(({ name, reference }) => (
        <Text key={name} size="sm" span>
          <Link
            to="/p/$project/r/$"
            params={{ project, _splat: presentReference(reference) }}
            inherit
            {...target}
          >
            {name}
          </Link>
        </Text>
      ))}
    </Group>
  );
}
