export type { CollectContext, Collected, CollectOptions, GcSettings } from './collection.ts';
export {
  collectGarbage,
  createGarbageCollector,
  type GarbageCollectorPorts,
} from './create-garbage-collector.ts';
export type { GarbageCollector, GcEstimate } from './garbage-collector.ts';
export {
  createGarbageCollectionJob,
  newCollection,
} from './gc.job.ts';
export { type GcParameters, gcParameters } from './gc-parameters.ts';
export { GC_LOCK, type GcHold, holdGarbageCollection } from './hold.repository.ts';
export { registryControllerRoutes } from './registry-controller.routes.ts';
