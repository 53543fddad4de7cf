import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shell } from './root.ts';

const dashboard = createRoute({
  getParentRoute: () => shell,
  path: '/',
  component: lazyRouteComponent(
    () => import('../features/dashboard/dashboard-page.tsx'),
    'DashboardPage',
  ),
});

const projects = createRoute({
  getParentRoute: () => shell,
  path: '/projects',
  component: lazyRouteComponent(
    () => import('../features/projects/projects-page.tsx'),
    'ProjectsPage',
  ),
});

const search = createRoute({
  getParentRoute: () => shell,
  path: '/search',
  component: lazyRouteComponent(() => import('../features/search/search-page.tsx'), 'SearchPage'),
});

const logs = createRoute({
  getParentRoute: () => shell,
  path: '/logs',
  component: lazyRouteComponent(() => import('../features/audit/logs-page.tsx'), 'LogsPage'),
});

const settings = createRoute({
  getParentRoute: () => shell,
  path: '/settings',
  component: lazyRouteComponent(
    () => import('../features/account/settings-page.tsx'),
    'SettingsPage',
  ),
});

const about = createRoute({
  getParentRoute: () => shell,
  path: '/about',
  component: lazyRouteComponent(() => import('../features/about/about-page.tsx'), 'AboutPage'),
});

const license = createRoute({
  getParentRoute: () => shell,
  path: '/license',
  component: lazyRouteComponent(() => import('../features/about/about-page.tsx'), 'AboutPage'),
});

/** Addresses of Harbor's portal lead to ours. */
const harbor = createRoute({
  getParentRoute: () => shell,
  path: '/harbor/$',
  component: lazyRouteComponent(() => import('../features/harbor/harbor-page.tsx'), 'HarborPage'),
});

export const mainRoutes = [
  dashboard,
  projects,
  search,
  logs,
  settings,
  about,
  license,
  harbor,
] as const;
