import { Badge, Group, ScrollArea, Table, Text } from '@mantine/core';
import { IconLock, IconWorld } from '@tabler/icons-react';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { Link } from '../../ui/link.tsx';
import { Time, UsageBar } from '../../ui/values.tsx';
import type { Dashboard } from './dashboard.ts';
import { type DashboardWords, dashboardMessages } from './messages.ts';
import { Panel } from './panel.tsx';

type Project = Dashboard['projects'][number];

/** Projects that the reader is a member of, the last pushed to first. */
export function MyProjects({ projects }: { projects: readonly Project[] }) {
  const m = useMessages(dashboardMessages);
  const all = (
    <Link to="/projects" size="sm">
      {m.allProjects}
    </Link>
  );
  return (
    <Panel title={m.myProjects} aside={all}>
      {projects.length === 0 ? (
        <Text size="sm" c="dimmed">
          {m.noMembership}
        </Text>
      ) : (
        <ProjectTable projects={projects} />
      )}
    </Panel>
  );
}

function ProjectTable({ projects }: { projects: readonly Project[] }) {
  const m = useMessages(dashboardMessages);
  const titles = [m.project, m.repositories, m.quota, m.lastPush];
  return (
    <ScrollArea
      type="auto"
      viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': m.myProjects }}
    >
      <Table aria-label={m.myProjects} verticalSpacing="xs">
        <Table.Thead>
          <Table.Tr>
            {titles.map((title) => (
              <Table.Th key={title} ta={title === m.repositories ? 'right' : 'left'}>
                {title}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {projects.map((project) => (
            <ProjectRow key={project.id} project={project} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollArea>
  );
}

function ProjectRow({ project }: { project: Project }) {
  const m = useMessages(dashboardMessages);
  const { number } = useFormat();
  const { name, quota } = project;
  const Access = project.public ? IconWorld : IconLock;
  return (
    <Table.Tr>
      <Table.Td miw={160}>
        <Link to="/p/$project" params={{ project: name }} fw={500}>
          {name}
        </Link>
        <Group gap={6} mt={2}>
          <Badge
            variant="default"
            size="sm"
            tt="none"
            leftSection={<Access size={11} aria-hidden />}
          >
            {project.public ? m.isPublic : m.isPrivate}
          </Badge>
          <Text size="xs" c="dimmed">
            {roleName(project.role_id, m)}
          </Text>
        </Group>
      </Table.Td>
      <Table.Td ta="right">{number(project.repo_count)}</Table.Td>
      <Table.Td>
        <UsageBar used={quota.used} hard={quota.hard} label={`${m.quota}: ${name}`} />
      </Table.Td>
      <Table.Td>
        <Time value={project.push_time} />
      </Table.Td>
    </Table.Tr>
  );
}

function roleName(role: number, m: DashboardWords): string {
  const names: readonly (string | undefined)[] = [
    undefined,
    m.roleProjectAdmin,
    m.roleDeveloper,
    m.roleGuest,
    m.roleMaintainer,
    m.roleLimitedGuest,
  ];
  return names[role] ?? '';
}
