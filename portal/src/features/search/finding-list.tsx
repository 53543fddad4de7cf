import { Alert, Group, Stack, Text, Title } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { useIsAdmin } from '../../lib/session.ts';
import { Link } from '../../ui/link.tsx';
import { ColorMark } from '../../ui/values.tsx';
import type { Finding, FindingGroup } from './found.ts';
import { searchMessages } from './messages.ts';

/** What was found of one kind. */
export function FindingList({ group }: { group: FindingGroup }) {
  const m = useMessages(searchMessages);
  const { kind, findings, isTruncated } = group;
  const count = findings.length;
  return (
    <Stack component="section" gap="xs" aria-labelledby={`found-${kind}`}>
      <Group gap="xs" align="baseline">
        <Title order={2} size="h4" id={`found-${kind}`}>
          {m[kind]}
        </Title>
        <Text size="sm" c="dimmed">
          {isTruncated ? m.foundSome(count) : m.found(count)}
        </Text>
      </Group>
      <Stack component="ul" gap={0} m={0} p={0} style={{ listStyle: 'none' }}>
        {findings.map((finding) => (
          <Row key={finding.key} finding={finding} />
        ))}
      </Stack>
      {isTruncated && (
        <Alert variant="light" role="note">
          {m.more(m[kind])}
        </Alert>
      )}
    </Stack>
  );
}

function Row({ finding }: { finding: Finding }) {
  const { color, details } = finding;
  return (
    <Group component="li" gap="md" py={6} className="finding">
      <Group gap={6} wrap="nowrap" miw={0}>
        {color !== undefined && <ColorMark color={color} />}
        <Goal finding={finding} />
      </Group>
      {details.map((detail) => (
        <Text key={detail} size="sm" c="dimmed" lineClamp={2} style={{ overflowWrap: 'anywhere' }}>
          {detail}
        </Text>
      ))}
    </Group>
  );
}

function Goal({ finding: { label, place } }: { finding: Finding }) {
  const isAdmin = useIsAdmin();
  const style = { overflowWrap: 'anywhere' } as const;
  switch (place.page) {
    case 'project':
      return (
        <Link to="/p/$project" params={{ project: place.project }} style={style}>
          {label}
        </Link>
      );
    case 'labels':
      return (
        <Link to="/p/$project/labels" params={{ project: place.project }} style={style}>
          {label}
        </Link>
      );
    case 'reference':
      return (
        <Link
          to="/p/$project/r/$"
          params={{ project: place.project, _splat: place.reference }}
          style={style}
        >
          {label}
        </Link>
      );
    case 'global-labels':
      // Only administrators have a page of them.
      return isAdmin ? (
        <Link to="/admin/labels" style={style}>
          {label}
        </Link>
      ) : (
        <Text span>{label}</Text>
      );
  }
}
