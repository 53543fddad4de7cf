import { Badge } from '@mantine/core';
import { IconLock, IconWorld } from '@tabler/icons-react';
import { useMessages } from '../../lib/messages.ts';
import { type ProjectsWords, projectsMessages } from './messages.ts';

/** Who may pull from a project. */
export function AccessBadge({ isPublic }: { isPublic: boolean }) {
  const m = useMessages(projectsMessages);
  const Icon = isPublic ? IconWorld : IconLock;
  return (
    <Badge
      variant={isPublic ? 'light' : 'default'}
      tt="none"
      miw="max-content"
      leftSection={<Icon size={12} aria-hidden />}
    >
      {isPublic ? m.isPublic : m.isPrivate}
    </Badge>
  );
}

/** Harbor's role, in words; undefined for none. */
export function roleLabel(role: number | undefined, m: ProjectsWords): string | undefined {
  const labels: readonly (string | undefined)[] = [
    undefined,
    m.roleProjectAdmin,
    m.roleDeveloper,
    m.roleGuest,
    m.roleMaintainer,
    m.roleLimitedGuest,
  ];
  return role === undefined ? undefined : labels[role];
}
