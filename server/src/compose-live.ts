import type { FastifyInstance } from 'fastify';
import type { Principal } from './access/index.ts';
import type { ApiRoute } from './api/index.ts';
import type { composeIdentity } from './compose-identity.ts';
import type { Parts } from './compose-parts.ts';
import type { Tenants } from './compose-tenants.ts';
import { mayCallBeside } from './compose-tke-reach.ts';
import type { Notifications } from './db/index.ts';
import type { Subscriber } from './events/index.ts';
import type { OnJobChange } from './jobs/index.ts';
import {
  changesOfJobs,
  createAudiences,
  createLiveHub,
  createLiveService,
  createLiveSubscriber,
  createOwnersRepository,
  createReplicaTeller,
  liveRoutes,
  sendChanges,
} from './live/index.ts';
import { addressGroup } from './login/index.ts';
import type { ProjectsService } from './projects/index.ts';

/** What is built after those who tell of changes. */
export interface LiveRest {
  readonly projects: ProjectsService;
  readonly who: ReturnType<typeof composeIdentity>;
  readonly tke: Tenants | undefined;
}

/** Tells pages of changes: who tells of them comes first, and who may hear of them last. */
export interface ComposedLive {
  readonly routes: readonly ApiRoute[];
  readonly subscriber: Subscriber;
  readonly onJobChange: OnJobChange;
  noteProject(name: string): void;
  follow(notifications: Notifications): void;
  /** Ends the streams as soon as the server is to close, which would wait for them. */
  register(app: FastifyInstance): void;
}

/** @param findRest called once all is built */
export function composeLive(
  { db, log, shared, config }: Parts,
  findRest: () => LiveRest,
): ComposedLive {
  const owners = createOwnersRepository(db);
  const projects = {
    findPolicy: (name: string) => findRest().projects.findPolicy(name),
    findPolicyById: (id: number) => findRest().projects.findPolicyById(id),
  };
  // A quiet connection is cut.
  const beatMs = Math.min(BEAT_MS, config.http.stallSeconds * 500);
  const live = createLiveService({
    log,
    owners,
    projects,
    hub: createLiveHub({ timing: { beatMs } }),
    audiences: createAudiences({ projects, owners }),
    access: { can: (...asked) => findRest().who.access.can(...asked) },
    mayCall: (principal: Principal) => findRest().tke === undefined || mayCallBeside(principal),
    teller: shared
      ? createReplicaTeller({ log, send: (from, changes) => sendChanges(db, from, changes) })
      : undefined,
  });
  const authenticate = (request: Parameters<LiveResolve>[0]) =>
    findRest().who.login.resolver.resolve(request);
  return {
    routes: liveRoutes({ live, authenticate, addressGroup }),
    subscriber: createLiveSubscriber((changes) => live.tell(changes)),
    onJobChange: (changes) => {
      if (changes.length > 0) live.tell(changesOfJobs(changes));
    },
    noteProject: (name) => live.noteProject(name),
    follow: (notifications) => live.follow(notifications),
    register(app) {
      app.addHook('preClose', (done) => {
        live.close();
        done();
      });
    },
  };
}

const BEAT_MS = 15_000;

type LiveResolve = LiveRest['who']['login']['resolver']['resolve'];
