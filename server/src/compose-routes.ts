import { listPermissions } from './access/index.ts';
import type { ApiRoute } from './api/index.ts';
import type { Invalidation } from './artifacts/index.ts';
import { auditRoutes } from './audit/index.ts';
import type { composeAudit } from './compose-audit.ts';
import { composeDashboard } from './compose-dashboard.ts';
import type { composeIdentity } from './compose-identity.ts';
import type { ComposedLive } from './compose-live.ts';
import type { Parts } from './compose-parts.ts';
import type { composePeople } from './compose-people.ts';
import { type ConfigurationService, configurationRoutes } from './configuration/index.ts';
import type { InitialPassword } from './initial-password.ts';
import {
  createCveAllowlistRepository,
  createCveAllowlistsService,
  createMemberRepository,
  createMembersService,
  createProjectMetadataService,
  createProjectScannerService,
  noScanners,
  type ProjectRepository,
  type ProjectsService,
  projectsRoutes,
} from './projects/index.ts';
import { createQuotaRepository, createQuotasService, quotasRoutes } from './quotas/index.ts';
import { withinReach } from './repositories/index.ts';
import { permissionsRoutes, robotsRoutes } from './robots/index.ts';
import {
  createIcons,
  createSystemRepository,
  createSystemService,
  type HealthMonitor,
  openApiRoutes,
  readVolume,
  systemRoutes,
} from './system/index.ts';
import { userGroupsRoutes } from './user-groups/index.ts';
import { currentUserRoutes, ldapRoutes, usersRoutes } from './users/index.ts';
import { VERSION } from './version.ts';

export interface RouteParts extends Parts {
  readonly configuration: ConfigurationService;
  readonly projects: ProjectsService;
  readonly projectRows: ProjectRepository;
  readonly invalidation: Invalidation;
  readonly audit: ReturnType<typeof composeAudit>;
  readonly who: ReturnType<typeof composeIdentity>;
  readonly people: ReturnType<typeof composePeople>;
  readonly health: HealthMonitor;
  readonly initialPassword: InitialPassword;
  readonly live: Pick<ComposedLive, 'routes'>;
  /** Routes of what is composed elsewhere. */
  readonly more: readonly ApiRoute[];
}

/** All routes of the REST API. */
export function composeRoutes(parts: RouteParts): readonly ApiRoute[] {
  const { config, configuration, who, people } = parts;
  const system = createSystemService({
    repository: createSystemRepository(parts.db),
    projects: parts.projects,
  });
  const routes: ApiRoute[] = [
    ...systemRoutes({
      ...systemParts(parts),
      system,
      settings: () => configuration.current(),
    }),
    ...configurationRoutes({
      configuration,
      systemSettings: () => ({
        ext_endpoint: config.http.externalUrl ?? '',
        registry_storage_provider_name: config.storage,
      }),
    }),
    ...composeDashboard(parts, system),
    ...who.login.routes,
    ...currentUserRoutes({
      ...people,
      listPermissions: (principal, scope, isRelative) =>
        listPermissions(principal, scope, isRelative, {
          access: who.access,
          findProject: (id) => parts.projects.findPolicyById(id),
        }),
    }),
    ...usersRoutes(people.users),
    ...ldapRoutes(people.ldapAdministration),
    ...userGroupsRoutes(people.groups),
    ...permissionsRoutes({ robots: who.robotRows }),
    ...robotsRoutes(who),
    ...composeProjectRoutes(parts),
    ...withinReach(who.access, auditRoutes(parts.audit.service)),
    ...parts.live.routes,
    ...parts.more,
    ...openApiRoutes({ listRoutes: () => routes, version: VERSION }),
  ];
  return routes;
}

/** By these the portal hides what is not there. */
const FEATURES = [
  'robots',
  'retention',
  'immutability',
  'webhooks',
  'gc',
  'purge-audit',
  'jobservice',
  'ldap',
  'oidc',
  'charts',
];

function systemParts({ config, health, initialPassword, registryConfiguration }: RouteParts) {
  return {
    health,
    icons: createIcons(),
    readVolume: () => readVolume(config.dataDir),
    caFile: config.caFile,
    storageKind: config.storage,
    version: VERSION,
    features: registryConfiguration === undefined ? FEATURES : [...FEATURES, 'tke'],
    findInitialPassword: () => initialPassword.findFile(),
  };
}

function composeProjectRoutes(parts: RouteParts): readonly ApiRoute[] {
  const { db, projects, projectRows, people } = parts;
  const announce = (name: string) => parts.invalidation.project(name);
  const common = { projects: projectRows, announce };
  return [
    ...projectsRoutes({
      projects,
      metadata: createProjectMetadataService(common),
      members: createMembersService({
        members: createMemberRepository(db),
        resolver: people.resolver,
        announce,
      }),
      scanners: createProjectScannerService({ ...common, scanners: noScanners }),
      allowlists: createCveAllowlistsService({
        allowlists: createCveAllowlistRepository(db),
        projects: projectRows,
      }),
    }),
    ...quotasRoutes({ quotas: createQuotasService(createQuotaRepository(db), announce) }),
  ];
}
