import type { LinkProps } from '@tanstack/react-router';
import { useMessages } from '../lib/messages.ts';
import { useCurrentUser, useFeature, useIsAdmin } from '../lib/session.ts';
import { shell } from './messages.ts';

export interface PageLink {
  readonly to: NonNullable<LinkProps['to']>;
  readonly label: string;
}

export interface Pages {
  readonly main: readonly PageLink[];
  readonly tenants: readonly PageLink[];
  readonly administration: readonly PageLink[];
  readonly more: readonly PageLink[];
}

/** The pages that this reader can go to: what does not work here, or is not theirs, is not listed. */
export function usePages(): Pages {
  const m = useMessages(shell);
  const isSignedIn = useCurrentUser() !== null;
  const isAdmin = useIsAdmin();
  const hasTenants = useFeature('tke');
  const seesProjects = isAdmin || !hasTenants;
  return {
    main: [
      ...when(isSignedIn && seesProjects, { to: '/', label: m.dashboard }),
      ...when(seesProjects, { to: '/projects', label: m.projects }),
      ...when(isSignedIn && seesProjects, { to: '/logs', label: m.logs }),
    ],
    tenants: when(
      isSignedIn && hasTenants,
      { to: '/tke/namespaces', label: m.namespaces },
      { to: '/tke/chart-groups', label: m.chartGroups },
      { to: '/tke/api-keys', label: m.apiKeys },
    ),
    administration: when(
      isAdmin,
      { to: '/admin/users', label: m.users },
      { to: '/admin/robots', label: m.robots },
      { to: '/admin/groups', label: m.groups },
      { to: '/admin/labels', label: m.labels },
      { to: '/admin/quotas', label: m.quotas },
      { to: '/admin/gc', label: m.garbageCollection },
      { to: '/admin/audit-purge', label: m.auditPurge },
      { to: '/admin/jobs', label: m.jobService },
      { to: '/admin/configuration', label: m.configuration },
      { to: '/admin/health', label: m.health },
    ),
    more: [{ to: '/about', label: m.about }],
  };
}

function when(holds: boolean, ...pages: PageLink[]): readonly PageLink[] {
  return holds ? pages : [];
}
