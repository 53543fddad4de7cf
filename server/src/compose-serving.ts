import type { FastifyInstance } from 'fastify';
import { type ApiRoute, registerApi } from './api/index.ts';
import { createChartsService, registerChartsRoutes } from './charts/index.ts';
import type { composeAudit } from './compose-audit.ts';
import type { composeCharts } from './compose-charts.ts';
import type { composeContent } from './compose-content.ts';
import type { composeIdentity } from './compose-identity.ts';
import type { ComposedLive } from './compose-live.ts';
import type { Parts } from './compose-parts.ts';
import type { Tenants } from './compose-tenants.ts';
import { forAdministrators } from './compose-tke-reach.ts';
import type { ConfigurationService } from './configuration/index.ts';
import { type DistributionEvents, registerDistribution } from './distribution/index.ts';
import type { AddressOf } from './http/index.ts';
import { type IdentityService, registerTokenRoutes } from './identity/index.ts';
import type { ProjectsService } from './projects/index.ts';

/** What routes are served with. */
export interface Serving extends Parts {
  readonly identity: IdentityService;
  readonly configuration: ConfigurationService;
  readonly projects: ProjectsService;
  readonly content: ReturnType<typeof composeContent>;
  readonly charts: ReturnType<typeof composeCharts>;
  readonly tke: Tenants | undefined;
  readonly audit: ReturnType<typeof composeAudit>;
  readonly events: DistributionEvents;
  readonly who: ReturnType<typeof composeIdentity>;
  readonly live: Pick<ComposedLive, 'register'>;
  readonly routes: readonly ApiRoute[];
  readonly addressOf: AddressOf;
}

/** @returns a function that resolves when no request is being served */
export function registerAll(app: FastifyInstance, parts: Serving): () => Promise<void> {
  const { config, configuration, projects, audit, who, addressOf, tke } = parts;
  const { login } = who;
  const isReadOnly = () => configuration.get('read_only');
  const routes = tke === undefined ? parts.routes : forAdministrators(parts.routes);
  parts.live.register(app);
  registerApi(app, routes, {
    access: who.access,
    findProject: (reference) =>
      typeof reference === 'number'
        ? projects.findPolicyById(reference)
        : projects.findPolicy(reference),
    authenticate: (request) => login.resolver.resolve(request),
    csrfToken: (session) => login.sessions.csrfToken(session),
    recordAudit: (entry) => audit.trail.record(entry),
    isReadOnly,
    addressOf,
    externalUrl: config.http.externalUrl,
  });
  if (tke !== undefined) return tke.register(app, { ...parts, isReadOnly });
  return registerPlain(app, { ...parts, isReadOnly });
}

/** Images and charts of a registry that serves no tenants. */
function registerPlain(
  app: FastifyInstance,
  parts: Serving & { isReadOnly(): boolean },
): () => Promise<void> {
  const { config, content, who, charts, ...others } = parts;
  const { projects } = others;
  const { login, tokens, principals } = who;
  const { authenticator } = login;
  const { service } = config.token;
  const { externalUrl, stallSeconds } = config.http;
  const certificates = () => who.keys.certificates();
  registerTokenRoutes(app, { ...others, tokens, authenticator, service, certificates });
  const findProject = (name: string) => projects.findPolicy(name);
  registerChartsRoutes(app, {
    ...others,
    authenticate: (request) => login.resolver.resolve(request),
    recordAudit: (entry) => parts.audit.trail.record(entry),
    charts: createChartsService({ ...others, ...who, ...charts, findProject }),
  });
  return registerDistribution(app, {
    ...others,
    ...content,
    tokens,
    principals,
    authenticator,
    service,
    externalUrl,
    stallSeconds,
    access: who.repositoryAccess,
  });
}
