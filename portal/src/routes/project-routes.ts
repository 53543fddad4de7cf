import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shell } from './root.ts';

const project = createRoute({
  getParentRoute: () => shell,
  path: '/p/$project',
  component: lazyRouteComponent(
    () => import('../features/projects/project-layout.tsx'),
    'ProjectLayout',
  ),
});

const projectRepositories = createRoute({
  getParentRoute: () => project,
  path: '/',
  component: lazyRouteComponent(
    () => import('../features/repositories/repositories-page.tsx'),
    'RepositoriesPage',
  ),
});

const projectSummary = createRoute({
  getParentRoute: () => project,
  path: 'summary',
  component: lazyRouteComponent(
    () => import('../features/projects/summary-page.tsx'),
    'SummaryPage',
  ),
});

const projectMembers = createRoute({
  getParentRoute: () => project,
  path: 'members',
  component: lazyRouteComponent(
    () => import('../features/members/members-page.tsx'),
    'MembersPage',
  ),
});

const projectRobots = createRoute({
  getParentRoute: () => project,
  path: 'robots',
  component: lazyRouteComponent(
    () => import('../features/robots/project-robots-page.tsx'),
    'ProjectRobotsPage',
  ),
});

const projectLabels = createRoute({
  getParentRoute: () => project,
  path: 'labels',
  component: lazyRouteComponent(
    () => import('../features/labels/project-labels-page.tsx'),
    'ProjectLabelsPage',
  ),
});

const projectRetention = createRoute({
  getParentRoute: () => project,
  path: 'retention',
  component: lazyRouteComponent(
    () => import('../features/retention/retention-page.tsx'),
    'RetentionPage',
  ),
});

const projectImmutability = createRoute({
  getParentRoute: () => project,
  path: 'immutability',
  component: lazyRouteComponent(
    () => import('../features/immutability/immutability-page.tsx'),
    'ImmutabilityPage',
  ),
});

const projectWebhooks = createRoute({
  getParentRoute: () => project,
  path: 'webhooks',
  component: lazyRouteComponent(
    () => import('../features/webhooks/webhooks-page.tsx'),
    'WebhooksPage',
  ),
});

const projectDeliveries = createRoute({
  getParentRoute: () => project,
  path: 'webhooks/$policy',
  component: lazyRouteComponent(
    () => import('../features/webhooks/deliveries-page.tsx'),
    'DeliveriesPage',
  ),
});

const projectLogs = createRoute({
  getParentRoute: () => project,
  path: 'logs',
  component: lazyRouteComponent(
    () => import('../features/audit/project-logs-page.tsx'),
    'ProjectLogsPage',
  ),
});

const projectDeleted = createRoute({
  getParentRoute: () => project,
  path: 'deleted',
  component: lazyRouteComponent(
    () => import('../features/repositories/deleted-page.tsx'),
    'DeletedPage',
  ),
});

const projectSettings = createRoute({
  getParentRoute: () => project,
  path: 'settings',
  component: lazyRouteComponent(
    () => import('../features/projects/project-settings-page.tsx'),
    'ProjectSettingsPage',
  ),
});

/** `/p/{project}/r/{repository}`, with `:tag` or `@digest` for an artifact of it. */
const reference = createRoute({
  getParentRoute: () => shell,
  path: '/p/$project/r/$',
  component: lazyRouteComponent(
    () => import('../features/artifacts/reference-page.tsx'),
    'ReferencePage',
  ),
});

export const projectRoutes = [
  project.addChildren([
    projectRepositories,
    projectSummary,
    projectMembers,
    projectRobots,
    projectLabels,
    projectRetention,
    projectImmutability,
    projectWebhooks,
    projectDeliveries,
    projectLogs,
    projectDeleted,
    projectSettings,
  ]),
  reference,
] as const;
