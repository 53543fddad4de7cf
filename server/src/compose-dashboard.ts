import type { ApiRoute } from './api/index.ts';
import type { composeIdentity } from './compose-identity.ts';
import type { Parts } from './compose-parts.ts';
import type { ConfigurationService } from './configuration/index.ts';
import {
  createDashboardRepository,
  createDashboardService,
  dashboardRoutes,
} from './dashboard/index.ts';
import { createJobQueues } from './jobs/index.ts';
import {
  createMembershipRepository,
  listPermittedProjectIds,
  type ProjectsService,
} from './projects/index.ts';
import {
  type HealthMonitor,
  presentStatistics,
  type SystemService,
  statisticsModel,
} from './system/index.ts';

export interface DashboardParts extends Parts {
  readonly configuration: ConfigurationService;
  readonly projects: ProjectsService;
  readonly health: HealthMonitor;
  readonly who: ReturnType<typeof composeIdentity>;
}

/** The first page of the portal, from what other modules know. */
export function composeDashboard(
  { db, configuration, projects, health, who }: DashboardParts,
  system: SystemService,
): ApiRoute[] {
  const memberships = createMembershipRepository(db);
  return dashboardRoutes({
    dashboard: createDashboardService({
      projects,
      health,
      rows: createDashboardRepository(db),
      queues: createJobQueues(db),
      hasQuotas: () => configuration.get('quota_per_project_enable'),
      listRobotProjectIds: (user) =>
        listPermittedProjectIds(memberships, user, { resource: 'robot', action: 'list' }),
    }),
    statisticsModel,
    describeStatistics: async (principal) =>
      presentStatistics(await system.getStatistics(principal)),
    robotPrefix: who.robotPrefix,
  });
}
