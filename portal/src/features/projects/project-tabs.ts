import type { LinkProps } from '@tanstack/react-router';
import type { Permissions } from '../../lib/permissions.ts';
import type { NavTab } from '../../ui/nav-tabs.tsx';
import type { ProjectsWords } from './messages.ts';

interface ProjectTab {
  readonly to: NonNullable<LinkProps['to']>;
  readonly label: (m: ProjectsWords) => string;
  /** Resource and action that it takes; none for what everybody sees who sees the project. */
  readonly needs?: readonly [string, string];
  /** Not for visitors, whatever a public project allows. */
  readonly isForUsers?: boolean;
}

const TABS: readonly ProjectTab[] = [
  { to: '/p/$project', label: (m) => m.repositories },
  { to: '/p/$project/summary', label: (m) => m.summary },
  { to: '/p/$project/members', label: (m) => m.members, needs: ['member', 'list'] },
  { to: '/p/$project/labels', label: (m) => m.labels, needs: ['label', 'list'] },
  { to: '/p/$project/robots', label: (m) => m.robots, needs: ['robot', 'list'] },
  { to: '/p/$project/retention', label: (m) => m.retention, needs: ['tag-retention', 'list'] },
  {
    to: '/p/$project/immutability',
    label: (m) => m.immutability,
    needs: ['immutable-tag', 'list'],
  },
  { to: '/p/$project/webhooks', label: (m) => m.webhooks, needs: ['notification-policy', 'list'] },
  { to: '/p/$project/logs', label: (m) => m.logs, needs: ['log', 'list'] },
  {
    to: '/p/$project/deleted',
    label: (m) => m.deleted,
    needs: ['artifact', 'list'],
    isForUsers: true,
  },
  { to: '/p/$project/settings', label: (m) => m.configuration, needs: ['configuration', 'read'] },
];

interface Reader {
  readonly permissions: Permissions;
  readonly isSignedIn: boolean;
}

/** The pages of a project that the reader may see. */
export function tabsFor(
  project: string,
  { permissions, isSignedIn }: Reader,
  m: ProjectsWords,
): readonly NavTab[] {
  return TABS.filter(
    ({ needs, isForUsers = false }) =>
      (needs === undefined || permissions.can(...needs)) && (isSignedIn || !isForUsers),
  ).map(({ to, label }) => ({
    label: label(m),
    link: { to, params: { project } },
    isExact: to === '/p/$project',
  }));
}

/** The name of the page that an address below the project's leads to. */
export function findTabLabel(below: string, m: ProjectsWords): string | undefined {
  const [first = ''] = below.split('/').filter((part) => part !== '');
  return TABS.find(({ to }) => to === `/p/$project${first === '' ? '' : `/${first}`}`)?.label(m);
}
