import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shell } from './root.ts';

const adminUsers = createRoute({
  getParentRoute: () => shell,
  path: '/admin/users',
  component: lazyRouteComponent(() => import('../features/users/users-page.tsx'), 'UsersPage'),
});

const adminRobots = createRoute({
  getParentRoute: () => shell,
  path: '/admin/robots',
  component: lazyRouteComponent(() => import('../features/robots/robots-page.tsx'), 'RobotsPage'),
});

const adminGroups = createRoute({
  getParentRoute: () => shell,
  path: '/admin/groups',
  component: lazyRouteComponent(
    () => import('../features/user-groups/user-groups-page.tsx'),
    'UserGroupsPage',
  ),
});

const adminLabels = createRoute({
  getParentRoute: () => shell,
  path: '/admin/labels',
  component: lazyRouteComponent(() => import('../features/labels/labels-page.tsx'), 'LabelsPage'),
});

const adminQuotas = createRoute({
  getParentRoute: () => shell,
  path: '/admin/quotas',
  component: lazyRouteComponent(() => import('../features/quotas/quotas-page.tsx'), 'QuotasPage'),
});

const adminGc = createRoute({
  getParentRoute: () => shell,
  path: '/admin/gc',
  component: lazyRouteComponent(() => import('../features/gc/gc-page.tsx'), 'GcPage'),
});

const adminAuditPurge = createRoute({
  getParentRoute: () => shell,
  path: '/admin/audit-purge',
  component: lazyRouteComponent(
    () => import('../features/audit/audit-purge-page.tsx'),
    'AuditPurgePage',
  ),
});

const adminJobs = createRoute({
  getParentRoute: () => shell,
  path: '/admin/jobs',
  component: lazyRouteComponent(
    () => import('../features/jobservice/jobservice-page.tsx'),
    'JobservicePage',
  ),
});

const adminConfiguration = createRoute({
  getParentRoute: () => shell,
  path: '/admin/configuration',
  component: lazyRouteComponent(
    () => import('../features/configuration/configuration-page.tsx'),
    'ConfigurationPage',
  ),
});

const adminHealth = createRoute({
  getParentRoute: () => shell,
  path: '/admin/health',
  component: lazyRouteComponent(() => import('../features/system/health-page.tsx'), 'HealthPage'),
});

export const administrationRoutes = [
  adminUsers,
  adminRobots,
  adminGroups,
  adminLabels,
  adminQuotas,
  adminGc,
  adminAuditPurge,
  adminJobs,
  adminConfiguration,
  adminHealth,
] as const;
