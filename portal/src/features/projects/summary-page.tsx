import { Paper, SimpleGrid, Stack, Table, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Answer } from '../../lib/api.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { Link } from '../../ui/link.tsx';
import { QueryView } from '../../ui/states.tsx';
import { Time, UsageBar } from '../../ui/values.tsx';
import { projectsMessages } from './messages.ts';
import { AccessBadge } from './project-badges.tsx';
import { isPublic, summaryQuery } from './project-queries.ts';

type Summary = Answer<'getProjectSummary'>;

/** A project at a glance. */
export function SummaryPage() {
  const { project } = useProject();
  const query = useQuery(summaryQuery(project));
  return (
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }}>
      <QueryView query={query}>
        {(summary) => (
          <>
            <Contents summary={summary} />
            <MemberCounts summary={summary} />
          </>
        )}
      </QueryView>
      <Details />
    </SimpleGrid>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Paper withBorder p="md" radius="md" component="section">
      <Stack gap="sm" align="stretch">
        <Title order={2} size="h4">
          {title}
        </Title>
        {children}
      </Stack>
    </Paper>
  );
}

function Contents({ summary }: { summary: Summary }) {
  const m = useMessages(projectsMessages);
  const { number } = useFormat();
  const { project } = useProject();
  const { quota } = summary;
  return (
    <Section title={m.repositories}>
      <Text size="xl" fw={600}>
        {number(summary.repo_count)}
      </Text>
      {quota === undefined ? (
        <Text size="sm" c="dimmed">
          {m.noQuota}
        </Text>
      ) : (
        <UsageBar used={quota.used.storage} hard={quota.hard.storage} label={m.storage} />
      )}
      <Link to="/p/$project" params={{ project: project.name }} size="sm">
        {m.toRepositories}
      </Link>
    </Section>
  );
}

function MemberCounts({ summary }: { summary: Summary }) {
  const m = useMessages(projectsMessages);
  const { number } = useFormat();
  const { project, permissions } = useProject();
  const counts = [
    [m.roleProjectAdmin, summary.project_admin_count],
    [m.roleMaintainer, summary.maintainer_count],
    [m.roleDeveloper, summary.developer_count],
    [m.roleGuest, summary.guest_count],
    [m.roleLimitedGuest, summary.limited_guest_count],
  ] as const;
  if (counts.every(([, count]) => count === undefined)) return null;
  return (
    <Section title={m.membersByRole}>
      <Rows
        label={m.membersByRole}
        rows={counts.map(([role, count]) => [role, number(count ?? 0)])}
      />
      {permissions.can('member', 'list') && (
        <Link to="/p/$project/members" params={{ project: project.name }} size="sm">
          {m.toMembers}
        </Link>
      )}
    </Section>
  );
}

interface RowsProps {
  readonly label: string;
  readonly rows: readonly (readonly [string, ReactNode])[];
}

function Rows({ label, rows }: RowsProps) {
  return (
    <Table aria-label={label} verticalSpacing={4} horizontalSpacing={0}>
      <Table.Tbody>
        {rows.map(([name, value]) => (
          <Table.Tr key={name}>
            <Table.Th scope="row" fw={400} c="dimmed">
              {name}
            </Table.Th>
            <Table.Td ta="right" style={{ overflowWrap: 'anywhere' }}>
              {value}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}

function Details() {
  const m = useMessages(projectsMessages);
  const { project } = useProject();
  const { owner_name: owner = '' } = project;
  return (
    <Section title={m.details}>
      <Rows
        label={m.details}
        rows={[
          [m.access, <AccessBadge key="access" isPublic={isPublic(project)} />],
          ...(owner === '' ? [] : [[m.owner, owner] as const]),
          [m.created, <Time key="created" value={project.creation_time} />],
          [m.id, String(project.project_id)],
        ]}
      />
    </Section>
  );
}
