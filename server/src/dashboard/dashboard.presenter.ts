import { rolesByPower } from '../access/index.ts';
import type { AlertModel, DashboardModel } from './dashboard.schema.ts';
import type { Alerts, Dashboard, ExpiringRobot, MemberProject, RecentPush } from './dashboard.ts';

/** @param robotPrefix of robots' names, such as `robot$` */
export function presentDashboard(dashboard: Dashboard, robotPrefix: string): DashboardModel {
  const { projects, recentPushes, alerts } = dashboard;
  return {
    projects: projects.map(presentProject),
    recent_pushes: recentPushes.map(presentPush),
    alerts: presentAlerts(alerts, robotPrefix),
  };
}

function presentProject(project: MemberProject): DashboardModel['projects'][number] {
  const { id, name, used, hard, pushedAt } = project;
  return {
    id,
    name,
    public: project.isPublic,
    role_id: rolesByPower.find((role) => project.roleIds.includes(role)) ?? 0,
    repo_count: project.repositoryCount,
    quota: { used, hard },
    ...(pushedAt !== null && { push_time: pushedAt.toISOString() }),
  };
}

function presentPush(push: RecentPush): DashboardModel['recent_pushes'][number] {
  const { projectName, digest, type, tags, size } = push;
  return {
    project: projectName,
    project_id: push.projectId,
    repository: push.repositoryName.slice(projectName.length + 1),
    digest,
    type,
    tags: [...tags],
    size,
    push_time: push.pushedAt.toISOString(),
  };
}

/** What concerns all first. */
function presentAlerts(alerts: Alerts, robotPrefix: string): AlertModel[] {
  return [
    ...alerts.health.map(({ name, error }) => ({
      kind: 'health' as const,
      component: name,
      error,
    })),
    ...alerts.stalledQueues.map(({ vendorType, latencySeconds }) => ({
      kind: 'queue-stalled' as const,
      job_type: vendorType,
      latency_seconds: latencySeconds,
    })),
    ...alerts.failedJobs.map(({ vendorType, executionId, failedAt, count }) => ({
      kind: 'job-failed' as const,
      vendor_type: vendorType,
      execution_id: executionId,
      time: failedAt.toISOString(),
      count,
    })),
    ...alerts.fullQuotas.map(({ projectId, projectName, used, hard }) => ({
      kind: 'quota' as const,
      project: projectName,
      project_id: projectId,
      used,
      hard,
    })),
    ...alerts.expiringRobots.map((robot) => presentRobot(robot, robotPrefix)),
  ];
}

function presentRobot(robot: ExpiringRobot, prefix: string): AlertModel {
  const { id, name, projectId, projectName, expiresAt } = robot;
  const isOfProject = projectId !== null && projectName !== null;
  return {
    kind: 'robot-expiring',
    robot: `${prefix}${isOfProject ? `${projectName}+` : ''}${name}`,
    robot_id: id,
    level: isOfProject ? 'project' : 'system',
    ...(isOfProject && { project: projectName, project_id: projectId }),
    expires_at: expiresAt.toISOString(),
  };
}
