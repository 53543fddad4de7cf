import { accountRoutes } from './account-routes.ts';
import { administrationRoutes } from './administration-routes.ts';
import { mainRoutes } from './main-routes.ts';
import { projectRoutes } from './project-routes.ts';
import { root, shell } from './root.ts';
import { tenantRoutes } from './tenant-routes.ts';

/** All addresses of the portal; the code of a page is loaded with its first visit. */
export const routeTree = root.addChildren([
  ...accountRoutes,
  shell.addChildren([...mainRoutes, ...projectRoutes, ...administrationRoutes, ...tenantRoutes]),
]);
