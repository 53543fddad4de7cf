import { Text, VisuallyHidden } from '@mantine/core';
import type { Answer } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { useCurrentUser } from '../../lib/session.ts';
import type { Column } from '../../ui/data-table.tsx';
import { Link } from '../../ui/link.tsx';
import { Bytes, Time, UsageBar } from '../../ui/values.tsx';
import { projectsMessages } from './messages.ts';
import { AccessBadge, roleLabel } from './project-badges.tsx';
import { isPublic } from './project-queries.ts';

export type ListedProject = Answer<'listProjects'>[number];

/** What visitors are not told. */
const FOR_MEMBERS: ReadonlySet<string> = new Set(['role', 'storage']);

/** Columns of the list of projects. */
export function useProjectColumns(): readonly Column<ListedProject>[] {
  const m = useMessages(projectsMessages);
  const words = useMessages(common);
  const { number } = useFormat();
  const isSignedIn = useCurrentUser() !== null;
  const columns: readonly Column<ListedProject>[] = [
    {
      key: 'name',
      title: words.name,
      sort: 'name',
      isFixed: true,
      render: ({ name }) => (
        <Link to="/p/$project" params={{ project: name }} fw={500}>
          {name}
        </Link>
      ),
    },
    {
      key: 'access',
      title: m.access,
      render: (project) => <AccessBadge isPublic={isPublic(project)} />,
    },
    {
      key: 'role',
      title: m.role,
      render: ({ current_user_role_id: role }) => roleLabel(role, m) ?? <Nothing />,
    },
    {
      key: 'repositories',
      title: m.repositories,
      align: 'right',
      render: ({ repo_count: count }) => number(count),
    },
    {
      key: 'storage',
      title: m.storage,
      render: (project) => <Storage project={project} />,
    },
    {
      key: 'created',
      title: m.created,
      sort: 'creation_time',
      render: ({ creation_time: time }) => <Time value={time} />,
    },
  ];
  return isSignedIn ? columns : columns.filter(({ key }) => !FOR_MEMBERS.has(key));
}

function Storage({ project: { name, quota } }: { project: ListedProject }) {
  if (quota === undefined) return <Nothing />;
  const { used, hard } = { used: quota.used.storage, hard: quota.hard.storage };
  return hard < 0 ? <Bytes value={used} /> : <UsageBar used={used} hard={hard} label={name} />;
}

function Nothing() {
  const m = useMessages(common);
  return (
    <Text span inherit c="dimmed">
      <span aria-hidden>–</span>
      <VisuallyHidden>{m.none}</VisuallyHidden>
    </Text>
  );
}
