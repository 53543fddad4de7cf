import type { FastifyInstance } from 'fastify';
import type { Authorizer, ProjectDirectory, RepositoryAccess } from '../access/index.ts';
import type {
  BlobsService,
  BlobUploadsService,
  ListingsService,
  ManifestsService,
} from '../artifacts/index.ts';
import { type AddressOf, serveRaw } from '../http/index.ts';
import type { Authenticator, Principals, TokenService } from '../identity/index.ts';
import type { ProjectsService } from '../projects/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import { createAuthorizer } from './authorizer.ts';
import { createBlobHandlers } from './blob.handlers.ts';
import { createBlobUploadHandlers } from './blob-upload.handlers.ts';
import type { DistributionEvents } from './events.ts';
import { createListingHandlers } from './listing.handlers.ts';
import { createManifestHandlers } from './manifest.handlers.ts';
import { createEndpoints, type Distribution } from './v2.endpoints.ts';

export interface DistributionPorts {
  readonly access: RepositoryAccess;
  readonly projects: ProjectDirectory & Pick<ProjectsService, 'visibilityOf'>;
  readonly principals: Principals;
  readonly authenticator: Authenticator;
  readonly addressOf: AddressOf;
  readonly events: DistributionEvents;
  readonly tokens: TokenService;
  readonly manifests: ManifestsService;
  readonly blobs: BlobsService;
  readonly uploads: BlobUploadsService;
  readonly listings: ListingsService;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly service: string;
  readonly externalUrl: string | undefined;
  readonly stallSeconds: number;
  isReadOnly(): boolean;
}

/** What serving needs when somebody else decides who may do what. */
export type ServingPorts = Omit<
  DistributionPorts,
  'access' | 'principals' | 'authenticator' | 'tokens' | 'projects'
> & {
  readonly authorizer: Authorizer;
  readonly projects: Pick<ProjectsService, 'visibilityOf'>;
};

/** The OCI distribution API with an authorizer of the caller's own. */
export function createDistribution(ports: ServingPorts): Distribution {
  const { authorizer, manifests, blobs, uploads, stallSeconds } = ports;
  return createEndpoints({
    ...ports,
    handlers: {
      manifest: createManifestHandlers(manifests, ports.events),
      blob: createBlobHandlers(blobs, stallSeconds),
      upload: createBlobUploadHandlers({
        uploads,
        blobs,
        stallSeconds,
        mayPull: (principal, repository) => authorizer.mayPull(principal, repository),
      }),
      listing: createListingHandlers(ports.listings, (principal) =>
        ports.projects.visibilityOf(principal, 'registry'),
      ),
    },
  });
}

/**
 * Puts the OCI distribution API onto the server.
 *
 * @returns a function that resolves when no request is being served
 */
export function registerDistribution(
  app: FastifyInstance,
  ports: DistributionPorts,
): () => Promise<void> {
  const distribution = createDistribution({ ...ports, authorizer: createAuthorizer(ports) });
  serveRaw(app, '/v2', (request, response, id) => distribution.handle(request, response, id));
  return () => distribution.settle();
}
