export { createAudiences } from './audience.ts';
export { changesOfJobs } from './changes.ts';
export { liveRoutes } from './live.routes.ts';
export { createLiveService, type LiveService } from './live.service.ts';
export { createLiveSubscriber } from './live.subscriber.ts';
export { createLiveHub } from './live-hub.ts';
export { createOwnersRepository } from './owners.repository.ts';
export { createReplicaTeller } from './replica-teller.ts';
export { LIVE_CHANNEL, sendChanges } from './replicas.repository.ts';
