import { createRoute, lazyRouteComponent } from '@tanstack/react-router';
import { shell } from './root.ts';

const tkeNamespaces = createRoute({
  getParentRoute: () => shell,
  path: '/tke/namespaces',
  component: lazyRouteComponent(
    () => import('../features/tke/namespaces-page.tsx'),
    'NamespacesPage',
  ),
});

const tkeNamespace = createRoute({
  getParentRoute: () => shell,
  path: '/tke/namespaces/$namespace',
  component: lazyRouteComponent(
    () => import('../features/tke/namespace-page.tsx'),
    'NamespacePage',
  ),
});

const tkeChartGroups = createRoute({
  getParentRoute: () => shell,
  path: '/tke/chart-groups',
  component: lazyRouteComponent(
    () => import('../features/tke/chart-groups-page.tsx'),
    'ChartGroupsPage',
  ),
});

const tkeChartGroup = createRoute({
  getParentRoute: () => shell,
  path: '/tke/chart-groups/$group',
  component: lazyRouteComponent(
    () => import('../features/tke/chart-group-page.tsx'),
    'ChartGroupPage',
  ),
});

const tkeApiKeys = createRoute({
  getParentRoute: () => shell,
  path: '/tke/api-keys',
  component: lazyRouteComponent(() => import('../features/tke/api-keys-page.tsx'), 'ApiKeysPage'),
});

export const tenantRoutes = [
  tkeNamespaces,
  tkeNamespace,
  tkeChartGroups,
  tkeChartGroup,
  tkeApiKeys,
] as const;
