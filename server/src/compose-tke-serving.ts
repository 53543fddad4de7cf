import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { usernameOf } from './access/index.ts';
import { composeTkeImages } from './compose-tke-images.ts';
import type { TkeServingParts } from './compose-tke-parts.ts';
import { createChartMuseum } from './helm/index.ts';
import { createProxyTrust, serveRaw } from './http/index.ts';
import { registerTokenCertificates } from './identity/index.ts';
import { createKubeApi, type KubeAuditEntry, registerKubeApi } from './kube/index.ts';
import { createHarborDoor, createOwnDoor, registerTkeChartRoutes } from './tke/charts/index.ts';
import { findTenant, tenantOf } from './tke/config/index.ts';
import { registerGatewayRoutes } from './tke/gateway/index.ts';
import { registerPassThroughTokenRoutes } from './tke/images/index.ts';
import { createHarborApi } from './tke/providers/index.ts';
import { keys } from './tke/resources/index.ts';
import {
  authApiGroup,
  authorizeKube,
  createApiKeys,
  createBasicLogin,
  createGatekeeper,
  createImageDecisions,
  createKubeDoor,
  createObjectRights,
  createRealmOf,
  createTkeCallers,
  createTkeTokenService,
  type Gatekeeper,
  originOf,
  registerApiKeyRoutes,
  registerTkeTokenRoutes,
  scopedRepository,
} from './tke/rights/index.ts';
import { createUserGroupRepository } from './user-groups/index.ts';
import { VERSION } from './version.ts';

/**
 * Puts the TKE view onto the server, in place of the routes of a plain registry.
 *
 * @returns a function that resolves when no request is being served
 */
export function registerTke(app: FastifyInstance, parts: TkeServingParts): () => Promise<void> {
  const { tke, addressOf, audit, log, who } = parts;
  const { configuration, informers, objects } = tke;
  const isReadOnly = () => configuration.isReadOnly || parts.isReadOnly();
  const door = composeDoor(parts);
  const tenantOfHost = (host: string | undefined) => tenantOf(host, configuration);
  registerTokenCertificates(app, () => who.keys.certificates());
  const recordAudit = audit.trail.record.bind(audit.trail);
  const common = { addressOf, isReadOnly, recordAudit, log };
  registerApiKeyRoutes(app, { ...common, keys: door.apiKeys, authenticate: door.authenticate });
  registerKubeApi(
    app,
    createKubeApi({
      ...common,
      objects,
      authenticate: door.authenticate,
      authorize: authorizeKube,
      async authorizeObject(caller, request, object) {
        await Promise.all([informers.namespaces.ready(), informers.chartGroups.ready()]);
        door.objectRights.authorizeObject(caller, request, object);
      },
      audit: (entry) => audit.trail.record(presentKubeAudit(entry)),
      version: VERSION,
      otherGroups: [authApiGroup],
    }),
  );
  registerGatewayRoutes(app, {
    configuration,
    openDoor: door.authenticate,
    originOf: door.originOf,
    chartsKept: () => tke.chartsKept(),
  });
  registerTkeChartRoutes(app, {
    ...common,
    ...composeTkeCharts(parts, door.gatekeeper),
  });
  const images = composeTkeImages(parts, {
    isReadOnly,
    gatekeeper: door.gatekeeper,
    tenantOf: tenantOfHost,
    realmOf: door.realmOf,
  });
  if (images.passThroughTokens === undefined) {
    registerTkeTokenRoutes(app, {
      addressOf,
      tokens: door.tokens,
      login: door.login,
      callers: door.callers,
      tenantOf: tenantOfHost,
      services: [parts.config.token.service],
    });
  } else {
    registerPassThroughTokenRoutes(app, {
      tokens: images.passThroughTokens,
      tenantOf: tenantOfHost,
    });
  }
  serveRaw(app, '/v2', (request, response, id) => images.front.handle(request, response, id));
  return () => images.front.settle();
}

function composeTkeCharts({ tke, charts }: TkeServingParts, gatekeeper: Gatekeeper) {
  const { configuration, names, provider, informers, controllers, egress } = tke;
  const { harbor } = configuration;
  const { charts: store } = provider;
  const mark = (isPull: boolean) => (tenant: string, group: string) =>
    controllers.markDirty({ kind: 'chart', tenant, group, isPull });
  return {
    configuration,
    names,
    store,
    museum: store === charts.store ? charts.museum : createChartMuseum(store),
    reader: charts.reader,
    door:
      harbor?.login === 'harbor'
        ? createHarborDoor(createHarborApi({ egress, configuration: harbor }))
        : createOwnDoor(gatekeeper),
    async findGroup(tenant: string, name: string) {
      await informers.chartGroups.ready();
      return informers.chartGroups.peek(keys.chartGroup(tenant, name));
    },
    onChartChanged: mark(false),
    onChartPulled: mark(true),
  };
}

/** Who comes in, and what they may do. */
function composeDoor(parts: TkeServingParts) {
  const { config, db, tke, who, identity, projects, addressOf } = parts;
  const { configuration, informers, names } = tke;
  const groups = createUserGroupRepository(db);
  const callers = createTkeCallers({
    configuration,
    names,
    members: informers.members,
    findGroupName: async (id) => (await groups.find(id))?.name,
    projects: configuration.harbor === undefined ? projects : undefined,
  });
  const decisions = createImageDecisions({ configuration, namespaces: informers.namespaces });
  const { personalTokens, authenticator, resolver } = who.login;
  const login = createBasicLogin({
    authenticator,
    verifyKey: (text, address) => personalTokens.verify(text, address),
  });
  const tokens = createTkeTokenService({
    configuration,
    keys: who.keys,
    issuer: config.token.issuer,
    principals: who.principals,
    decide: (caller, tenant, repository) => decisions.decide(caller, tenant, repository),
    scopedRepository: (tenant, name) =>
      scopedRepository(
        { names, hasNamespace: (of, namespace) => decisions.hasNamespace(of, namespace) },
        tenant,
        name,
      ),
  });
  const outside = {
    externalUrl: config.http.externalUrl,
    isTrustedProxy: createProxyTrust(config.trustedProxies),
  };
  return {
    callers,
    login,
    tokens,
    gatekeeper: createGatekeeper({
      configuration,
      tokens,
      login,
      callers,
      decisions,
      principals: who.principals,
    }),
    objectRights: createObjectRights(informers),
    apiKeys: createApiKeys({ identity, authenticator, callers, tokens: personalTokens }),
    realmOf: createRealmOf(outside),
    originOf: (request: IncomingMessage) => originOf(outside, request),
    authenticate: createKubeDoor({
      callers,
      addressOf,
      resolve: (request) => resolver.resolve(request),
      findTenant: (host) => findTenant(host, configuration),
    }),
  };
}

function presentKubeAudit({ request, caller, succeeded, address, requestId }: KubeAuditEntry) {
  const { verb, resource, subresource, namespace, name } = request;
  const path = [caller.tenantId, namespace, name].filter(
    (part) => part !== undefined && part !== '',
  );
  return {
    operation: verb === 'patch' ? 'update' : verb,
    resourceType: subresource === '' ? resource : `${resource}/${subresource}`,
    resource: path.join('/'),
    username: usernameOf(caller.principal),
    succeeded,
    address,
    requestId,
  };
}
