import type { IncomingMessage } from 'node:http';
import type { TkeServingParts } from './compose-tke-parts.ts';
import { createDistribution } from './distribution/index.ts';
import { LIBRARY } from './projects/index.ts';
import type { HarborConfiguration } from './tke/config/index.ts';
import {
  type ContentChange,
  connectHarbor,
  createBuiltinImages,
  createImageFront,
  createPassages,
  createTkeAuthorizer,
  type ImageAudit,
} from './tke/images/index.ts';
import { isAvailable, keys } from './tke/resources/index.ts';
import { type Gatekeeper, TKE_SERVICE } from './tke/rights/index.ts';

export interface ImageDoor {
  readonly gatekeeper: Gatekeeper;
  tenantOf(host: string | undefined): string;
  realmOf(request: IncomingMessage): string;
  isReadOnly(): boolean;
}

/** `/v2` of tenants in front of the back end that was chosen. */
export function composeTkeImages(parts: TkeServingParts, door: ImageDoor) {
  const { tke, log, metrics, addressOf } = parts;
  const { harbor } = tke.configuration;
  const back =
    harbor === undefined ? composeBuiltin(parts, door) : composeHarbor(parts, door, harbor);
  const mark = (isPull: boolean) => (change: ContentChange) =>
    tke.controllers.markDirty({ kind: 'image', ...change, isPull });
  const front = createImageFront({
    log,
    metrics,
    addressOf,
    tenantOf: (host) => door.tenantOf(host),
    isReadOnly: () => door.isReadOnly(),
    isDeleteEnabled: tke.isDeleteEnabled,
    names: tke.names,
    gatekeeper: back.gate,
    backEnd: back.images,
    listRepositories: (tenant) => listRepositories(parts, tenant),
    challengeOf: (request) => ({ realm: door.realmOf(request), service: TKE_SERVICE }),
    hooks: { onContentChanged: mark(false), onPulled: mark(true) },
    audit: composeImageAudit(parts),
  });
  return { front, passThroughTokens: back.passThroughTokens };
}

/** This registry's own distribution API, in this process. */
function composeBuiltin(parts: TkeServingParts, door: ImageDoor) {
  const { config, tke, content, projects, events, log, metrics, addressOf } = parts;
  const passages = createPassages();
  const distribution = createDistribution({
    ...content,
    projects,
    events,
    log,
    metrics,
    addressOf,
    authorizer: createTkeAuthorizer({ passages, projects }),
    externalUrl: config.http.externalUrl,
    service: config.token.service,
    stallSeconds: config.http.stallSeconds,
    isReadOnly: () => door.isReadOnly(),
  });
  return {
    gate: door.gatekeeper,
    images: createBuiltinImages({ distribution, passages, names: tke.names }),
    passThroughTokens: undefined,
  };
}

/** An existing Harbor, by reverse proxy. */
function composeHarbor(parts: TkeServingParts, door: ImageDoor, harbor: HarborConfiguration) {
  const { config, tke, secrets: sealer } = parts;
  const connection = connectHarbor({
    ...tke,
    ...parts,
    harbor,
    sealer,
    stallSeconds: config.http.stallSeconds,
    namespaces: {
      ready: () => tke.informers.namespaces.ready(),
      isOpen: (tenant, name) => isOpen(parts, tenant, name),
    },
  });
  const { gate = door.gatekeeper, backEnd, tokens } = connection;
  return { gate, images: backEnd, passThroughTokens: tokens };
}

function isOpen({ tke }: TkeServingParts, tenant: string, name: string): boolean {
  if (name === LIBRARY) return true;
  const namespace = tke.informers.namespaces.peek(keys.namespace(tenant, name));
  return namespace !== undefined && isAvailable(namespace) && namespace.status.locked !== true;
}

/** As people of the tenant name them, what `library` holds with them. */
async function listRepositories({ tke }: TkeServingParts, tenant: string): Promise<string[]> {
  const { repositories } = tke.informers;
  await repositories.ready();
  const names = (await tke.provider.listRepositories(LIBRARY)).map((name) => `${LIBRARY}/${name}`);
  for (const { spec } of repositories.all()) {
    if (spec.tenantID === tenant) names.push(`${spec.namespaceName}/${spec.name}`);
  }
  return names;
}

const OPERATIONS = {
  push: 'create',
  delete: 'delete',
  'pull-denied': 'pull',
  'push-denied': 'create',
  'delete-denied': 'delete',
} as const;

/** What our own distribution API did is in the log already: there only refusals are missing. */
function composeImageAudit({ tke, audit }: TkeServingParts): ImageAudit {
  const isBuiltin = tke.configuration.harbor === undefined;
  return {
    record({ action, tenant, namespace, repository, reference, status, actor, ...seen }) {
      const succeeded = status < 300;
      if (isBuiltin && succeeded) return undefined;
      const separator = reference.includes(':') ? '@' : ':';
      return audit.trail.record({
        ...seen,
        succeeded,
        operation: OPERATIONS[action],
        resourceType: 'artifact',
        resource: `${tenant}/${namespace}/${repository}${separator}${reference}`,
        username: actor ?? 'unknown',
      });
    },
  };
}
