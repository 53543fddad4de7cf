import { z } from 'zod';
import { timestamp } from '../api/index.ts';

const id = z.int().min(1);
const bytes = z.int().min(0);
const count = z.int().min(0);
const quota = z.object({ used: bytes, hard: z.int().min(-1) });
const projectOf = { project: z.string(), project_id: id };

const memberProject = z.object({
  id,
  name: z.string(),
  public: z.boolean(),
  role_id: z.int().describe('the most powerful one'),
  repo_count: count,
  quota,
  push_time: timestamp.optional().describe('of the last push'),
});

const recentPush = z.object({
  ...projectOf,
  repository: z.string().describe('below the project'),
  digest: z.string(),
  type: z.string(),
  tags: z.string().array().max(5),
  size: bytes,
  push_time: timestamp,
});

const alert = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('health'), component: z.string(), error: z.string() }),
  z.object({ kind: z.literal('queue-stalled'), job_type: z.string(), latency_seconds: count }),
  z.object({
    kind: z.literal('job-failed'),
    vendor_type: z.string(),
    execution_id: id.describe('the last one'),
    time: timestamp,
    count,
  }),
  z.object({ kind: z.literal('quota'), ...projectOf, ...quota.shape }),
  z.object({
    kind: z.literal('robot-expiring'),
    robot: z.string(),
    robot_id: id,
    level: z.enum(['system', 'project']),
    project: z.string().optional(),
    project_id: id.optional(),
    expires_at: timestamp,
  }),
]);

export type AlertModel = z.output<typeof alert>;

/** The first page of the portal. @param statistics the schema of `/statistics` */
export function dashboardModel<S extends z.ZodType>(statistics: S) {
  return z.object({
    statistics,
    projects: memberProject.array().max(8),
    recent_pushes: recentPush.array().max(10),
    alerts: alert.array(),
  });
}

export type DashboardModel = Omit<z.output<ReturnType<typeof dashboardModel>>, 'statistics'>;
