import type { z } from 'zod';
import type { Principal } from '../access/index.ts';
import { type ApiRoute, authenticated, defineRoute, ok } from '../api/index.ts';
import { presentDashboard } from './dashboard.presenter.ts';
import { dashboardModel } from './dashboard.schema.ts';
import type { DashboardService } from './dashboard.service.ts';

export interface DashboardRoutesPorts {
  readonly dashboard: DashboardService;
  /** Of `/statistics`. */
  readonly statisticsModel: z.ZodType;
  describeStatistics(principal: Principal): Promise<object>;
  /** As configured, such as `robot$`. */
  robotPrefix(): string;
}

/** Berth's own: what the first page of the portal shows. */
export function dashboardRoutes(ports: DashboardRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/dashboard',
      operationId: 'getDashboard',
      tag: 'dashboard',
      summary: "Berth's own: what is new and what is wrong, of all that the caller may see",
      can: authenticated,
      responses: { 200: dashboardModel(ports.statisticsModel) },
      async handle({ principal }) {
        const [statistics, dashboard] = await Promise.all([
          ports.describeStatistics(principal),
          ports.dashboard.getDashboard(principal),
        ]);
        return ok({ statistics, ...presentDashboard(dashboard, ports.robotPrefix()) });
      },
    }),
  ];
}
