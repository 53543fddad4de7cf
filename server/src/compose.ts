import type { FastifyInstance } from 'fastify';
import type { ApiRoute } from './api/index.ts';
import type { BlobUploadsService, InvalidationTargets } from './artifacts/index.ts';
import { checkReachable } from './audit/index.ts';
import { chartLabelsRoutes, chartPathOf } from './charts/index.ts';
import { composeAudit } from './compose-audit.ts';
import { composeCharts } from './compose-charts.ts';
import { composeContent, type OtherTargets } from './compose-content.ts';
import { composeEvents } from './compose-events.ts';
import { composeIdentity } from './compose-identity.ts';
import { type ComposedLive, composeLive } from './compose-live.ts';
import type { Parts } from './compose-parts.ts';
import { composePeople } from './compose-people.ts';
import { composeRepositories } from './compose-repositories.ts';
import { composeRoutes } from './compose-routes.ts';
import { composeRules } from './compose-rules.ts';
import { registerAll } from './compose-serving.ts';
import { composeTakeover } from './compose-takeover.ts';
import { composeTenants, type Tenants } from './compose-tenants.ts';
import { startUpkeep } from './compose-upkeep.ts';
import { composeWork } from './compose-work.ts';
import {
  type ConfigurationService,
  createConfigurationRepository,
  openConfiguration,
  parseOverwrite,
} from './configuration/index.ts';
import { createAddressOf, type HealthCheck } from './http/index.ts';
import {
  ADMIN_USERNAME,
  createExternalAccountRepository,
  createIdentityService,
  createUserRepository,
  type IdentityService,
  type SigningKeys,
} from './identity/index.ts';
import { createInitialPassword } from './initial-password.ts';
import type { KubeStore } from './kube/index.ts';
import {
  createProjectRepository,
  createProjectsService,
  type ProjectRepository,
  type ProjectsService,
} from './projects/index.ts';
import {
  createQuotaCheckRepository,
  createQuotaRefresh,
  quotaRefreshRoutes,
} from './quotas/index.ts';
import { withinReach } from './repositories/index.ts';
import { createHealthMonitor } from './system/index.ts';

export interface Services {
  readonly identity: IdentityService;
  readonly keys: SigningKeys;
  /** Life of a registry token issued now, in seconds. */
  readonly tokenSeconds: () => number;
  readonly projects: ProjectsService;
  readonly uploads: BlobUploadsService;
  readonly invalidationTargets: InvalidationTargets;
  /** All routes of the REST API. */
  readonly routes: readonly ApiRoute[];
  /** @returns a function that resolves when no request is being served */
  registerRoutes(app: FastifyInstance): () => Promise<void>;
  /** Looks whether what the registry stands on works. */
  pollHealth(): Promise<void>;
  /** Deletes ended sessions and the like. */
  sweepLogins(): Promise<void>;
  /** What must work before requests are taken, beside what `Parts` has. */
  readonly checks: readonly HealthCheck[];
  /** Objects of tenants, for other replicas to tell of; undefined without TKE. */
  readonly objects: KubeStore | undefined;
  /** For other replicas to tell of what changed. */
  readonly live: Pick<ComposedLive, 'follow'>;
  /** Begins what runs beside requests: events, jobs, sums. */
  startWork(): void;
  /** Ends that, and writes what waits to be written. */
  stop(): Promise<void>;
}

type Who = ReturnType<typeof composeIdentity>;

/** Builds every service, with the other `compose-*.ts`. Nothing else knows all modules. */
export async function compose(parts: Parts): Promise<Services> {
  const { config } = parts;
  const live = composeLive(parts, () => ({ projects, tke, who }));
  const core = await composeCore(parts, live, () => who);
  const { configuration, content, rules, projects, settings } = core;
  const audit = composeAudit(parts, settings);
  const takeover = composeTakeover(parts);
  const known = { ...parts, ...core, live };
  const tokenSeconds = () => config.token.seconds ?? configuration.get('token_expiration') * 60;
  const who: Who = composeIdentity({
    ...known,
    tokenSeconds,
    recordAudit: (entry) => audit.trail.record(entry),
  });
  const quotaRefresh = createQuotaRefresh({ ...parts, rows: createQuotaCheckRepository(parts.db) });
  const { isForeign } = takeover;
  const work = composeWork({ ...known, audit, who, quotaRefresh, isForeign });
  const told = composeEvents(parts, { audit, rules, work, settings });
  const initialPassword = createInitialPassword(config, createUserRepository(parts.db));
  const people = composePeople({
    ...known,
    who,
    initialPassword,
    maskAudit: async (name, replacement) => void (await audit.service.maskUser(name, replacement)),
  });
  const charts = composeCharts({ ...parts, content, pulls: told.pulls });
  const flushPulls = () => told.pulls.flush();
  const tke = await composeTenants({ ...parts, ...core, charts, flushPulls });
  const health = createHealthMonitor([...parts.checks, ...(tke?.checks ?? [])]);
  const repositories = composeRepositories({ ...known, who, wake: () => work.wake() });
  const more = [
    ...repositories.routes,
    ...work.routes,
    ...quotaRefreshRoutes({
      refresh: quotaRefresh,
      isEnabled: () => settings().quota_per_project_enable,
    }),
    ...composeChartLabels(who, charts, repositories),
  ];
  const routes = composeRoutes({ ...known, audit, people, health, initialPassword, who, more });
  const addressOf = createAddressOf(config.trustedProxies);
  const { events } = told;
  const serving = { ...known, audit, who, routes, addressOf, charts, tke, events };
  return {
    projects,
    routes,
    tokenSeconds,
    identity: core.identity,
    keys: who.keys,
    uploads: content.uploads,
    invalidationTargets: content.targets,
    registerRoutes: (app) => registerAll(app, serving),
    live,
    pollHealth: () => health.poll(),
    sweepLogins: () => who.login.sweep(),
    objects: tke?.objects,
    checks: listChecks(takeover, tke),
    ...lifecycle({ ...known, charts, tke, work, told, takeover, repositories, audit }),
  };
}

function composeChartLabels(
  { access }: Who,
  charts: ReturnType<typeof composeCharts>,
  { labels }: ReturnType<typeof composeRepositories>,
): readonly ApiRoute[] {
  return withinReach(access, chartLabelsRoutes({ ...charts, labels }), chartPathOf);
}

/** What readiness waits for, beside the database and the storage. */
function listChecks(takeover: ReturnType<typeof composeTakeover>, tke: Tenants | undefined) {
  return [
    { name: 'storage takeover', check: () => takeover.rebuild.check() },
    ...(tke?.checks ?? []),
  ];
}

interface Running extends Parts {
  readonly content: ReturnType<typeof composeContent>;
  readonly rules: ReturnType<typeof composeRules>;
  readonly charts: ReturnType<typeof composeCharts>;
  readonly tke: Tenants | undefined;
  readonly work: ReturnType<typeof composeWork>;
  readonly told: ReturnType<typeof composeEvents>;
  readonly takeover: ReturnType<typeof composeTakeover>;
  readonly repositories: ReturnType<typeof composeRepositories>;
  readonly audit: ReturnType<typeof composeAudit>;
}

function lifecycle(parts: Running): Pick<Services, 'startWork' | 'stop'> {
  const { charts, tke, work, told, repositories, audit } = parts;
  return {
    startWork() {
      work.start();
      startUpkeep(parts);
      tke?.controllers.start();
    },
    async stop() {
      await tke?.stop();
      await work.stop();
      await told.pulls.flush();
      await charts.reader.close();
      await repositories.close();
      await audit.stop();
    },
  };
}

/** What nearly everything else is built from. @param findWho called once all is built */
async function composeCore(
  parts: Parts,
  live: Pick<ComposedLive, 'noteProject'>,
  findWho: () => Who,
) {
  const { db } = parts;
  const identity = createIdentityService(
    createUserRepository(db),
    createExternalAccountRepository(db),
  );
  const settings = () => configuration.current();
  const announce = (name: string): Promise<void> => content.invalidation.project(name);
  const rules = composeRules(parts, { settings, announce });
  const targets: OtherTargets = {
    forgetProject(name) {
      projects.forget(name);
      rules.forget();
      live.noteProject(name);
    },
    forgetUser: (id) => identity.forget(id),
    forgetRobot: (id) => findWho().robotDirectory.forget(id),
    forgetConfiguration: () => configuration.forget(),
    forgetAll() {
      rules.forget();
      projects.forget();
      identity.forget();
      findWho().robotDirectory.forget();
      findWho().login.forget();
      configuration.forget();
    },
  };
  const content = composeContent(parts, targets, rules);
  const { invalidation } = content;
  const configuration = await openComposedConfiguration(parts, () => invalidation.configuration());
  const projectRows = createProjectRepository(db);
  const projects = composeProjects(projectRows, configuration, announce);
  return { identity, settings, rules, content, invalidation, configuration, projectRows, projects };
}

function composeProjects(
  projects: ProjectRepository,
  configuration: ConfigurationService,
  announce: (name: string) => Promise<void>,
): ProjectsService {
  return createProjectsService({
    projects,
    announce,
    settings: {
      storagePerProject: () => configuration.get('storage_per_project'),
      creationRestriction: () => configuration.get('project_creation_restriction'),
      anonymousListing: () => configuration.get('anonymous_listing'),
    },
  });
}

function openComposedConfiguration(
  { config, db, secrets, log, shared }: Parts,
  publish: () => Promise<void>,
): Promise<ConfigurationService> {
  const users = createUserRepository(db);
  return openConfiguration({
    secrets,
    log,
    repository: createConfigurationRepository(db),
    countUsers: () => users.countBeside(ADMIN_USERNAME),
    checkAuditEndpoint: (endpoint) => checkReachable(endpoint),
    overwrite: parseOverwrite(config.configOverwriteJson),
    ...(shared && { publish }),
  });
}
