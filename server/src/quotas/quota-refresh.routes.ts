import { isAdmin } from '../access/index.ts';
import { type ApiRoute, decided, defineRoute, ok, refusalFor } from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import type { QuotaRefresh } from './quota-refresh.ts';

export interface QuotaRefreshRoutePorts {
  readonly refresh: Pick<QuotaRefresh, 'start'>;
  /** `quota_per_project_enable`. */
  isEnabled(): boolean;
}

/** Harbor's way to have the usage of all projects counted anew. Pushes go on meanwhile. */
export function quotaRefreshRoutes({ refresh, isEnabled }: QuotaRefreshRoutePorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'POST',
      path: '/api/internal/syncquota',
      operationId: 'syncQuota',
      tag: 'quota',
      summary: 'Count anew what all projects use, in the background',
      can: decided('system administrators'),
      responses: { 200: null },
      audit: { operation: 'refresh', resourceType: 'quota', resource: () => 'all projects' },
      handle({ principal }) {
        if (!isAdmin(principal)) throw refusalFor(principal);
        if (!isEnabled()) throw new AppError('denied', 'quota per project is deactivated');
        refresh.start();
        return ok();
      },
    }),
  ];
}
