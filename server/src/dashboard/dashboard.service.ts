import { canInSystem, type Principal, type UserPrincipal } from '../access/index.ts';
import type { JobQueues } from '../jobs/index.ts';
import type { ProjectsService, Visibility } from '../projects/index.ts';
import type { DashboardRepository } from './dashboard.repository.ts';
import type { Alerts, Dashboard, SickComponent } from './dashboard.ts';

export interface DashboardService {
  /** What is new, and what is wrong, of all that the caller may see. For robots: nothing. */
  getDashboard(principal: Principal): Promise<Dashboard>;
}

export interface DashboardPorts {
  readonly rows: DashboardRepository;
  readonly projects: Pick<ProjectsService, 'visibilityOf'>;
  readonly queues: Pick<JobQueues, 'listQueues'>;
  readonly health: {
    listComponents(): Promise<readonly { name: string; error: string | undefined }[]>;
  };
  /** Projects in which the user may list robots by a role. */
  listRobotProjectIds(user: UserPrincipal): Promise<readonly number[]>;
  /** Whether quotas are enforced. */
  hasQuotas(): boolean;
}

const STALLED_SECONDS = 3600;

const nothing = { includesPublic: false, projectIds: [], member: undefined };
const noAlerts = { health: [], stalledQueues: [], failedJobs: [] };

export function createDashboardService(ports: DashboardPorts): DashboardService {
  const { rows, projects, queues, health } = ports;

  async function listSick(): Promise<readonly SickComponent[]> {
    const components = await health.listComponents();
    return components.flatMap(({ name, error }) => (error === undefined ? [] : { name, error }));
  }

  async function listStalled() {
    const all = await queues.listQueues();
    return all.filter(({ latencySeconds }) => latencySeconds > STALLED_SECONDS);
  }

  async function getSystemAlerts(user: UserPrincipal): Promise<Omit<Alerts, QuotasAndRobots>> {
    if (!canInSystem(user, 'jobservice-monitor', 'list')) return noAlerts;
    const [sick, stalledQueues, failedJobs] = await Promise.all([
      listSick(),
      listStalled(),
      rows.listFailedJobs(),
    ]);
    return { health: sick, stalledQueues, failedJobs };
  }

  async function listExpiringRobots(user: UserPrincipal, responsible: Visibility) {
    const visible = user.isAdmin
      ? responsible
      : { ...nothing, projectIds: await ports.listRobotProjectIds(user) };
    return rows.listExpiringRobots(visible, canInSystem(user, 'robot', 'list'));
  }

  async function getAlerts(user: UserPrincipal, visible: Visibility): Promise<Alerts> {
    // That a project is public makes nobody responsible for it.
    const responsible = visible === 'all' ? visible : { ...visible, includesPublic: false };
    const [system, fullQuotas, expiringRobots] = await Promise.all([
      getSystemAlerts(user),
      ports.hasQuotas() ? rows.listFullQuotas(responsible) : [],
      listExpiringRobots(user, responsible),
    ]);
    return { ...system, fullQuotas, expiringRobots };
  }

  return {
    async getDashboard(principal) {
      if (principal.kind !== 'user') {
        const alerts = { ...noAlerts, fullQuotas: [], expiringRobots: [] };
        return { projects: [], recentPushes: [], alerts };
      }
      const { id, groupIds, limits } = principal;
      const member = { userId: id, groupIds, within: limits?.projectIds };
      const visible = projects.visibilityOf(principal, 'api');
      const [memberProjects, recentPushes, alerts] = await Promise.all([
        limits?.api === 'none' ? [] : rows.listMemberProjects(member),
        rows.listRecentPushes(visible),
        getAlerts(principal, visible),
      ]);
      return { projects: memberProjects, recentPushes, alerts };
    },
  };
}

type QuotasAndRobots = 'fullQuotas' | 'expiringRobots';
