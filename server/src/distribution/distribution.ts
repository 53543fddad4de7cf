import type { FastifyInstance } from 'fastify';
import type { ProjectDirectory, RepositoryAccess } from '../access/index.ts';
import type {
  BlobsService,
  BlobUploadsService,
  ListingsService,
  ManifestsService,
} from '../artifacts/index.ts';
import type { AddressOf } from '../http/index.ts';
import type { Authenticator, Principals, TokenService } from '../identity/index.ts';
import type { ProjectsService } from '../projects/index.ts';
import type { Log, Metrics } from '../telemetry/index.ts';
import { createAuthorizer } from './authorizer.ts';
import { createBlobHandlers } from './blob.handlers.ts';
import { createBlobUploadHandlers } from './blob-upload.handlers.ts';
import type { DistributionEvents } from './events.ts';
import { createListingHandlers } from './listing.handlers.ts';
import { createManifestHandlers } from './manifest.handlers.ts';
import { registerV2Routes } from './v2.routes.ts';

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

/**
 * Puts the OCI distribution API onto the server.
 *
 * @returns a function that resolves when no request is being served
 */
export function registerDistribution(
  app: FastifyInstance,
  ports: DistributionPorts,
): () => Promise<void> {
  const { manifests, blobs, uploads, stallSeconds } = ports;
  const authorizer = createAuthorizer(ports);
  return registerV2Routes(app, {
    ...ports,
    authorizer,
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
