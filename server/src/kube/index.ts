export type { KubeCaller, ProjectRole, TenantRole } from './caller.ts';
export { createInformer, type Informed } from './informer.ts';
export { registerKubeApi } from './kube-api.routes.ts';
export {
  createKubeApi,
  type KubeApi,
  type KubeApiPorts,
  type KubeAuditEntry,
} from './kube-api.ts';
export {
  createKubeObjects,
  KUBE_CHANNEL,
  type KubeObjectsPorts,
  type KubeStore,
} from './kube-objects.ts';
export type { KubeObject, ObjectKey, ObjectMeta } from './object.ts';
export type { Informer, KubeObjects, NewObject, ObjectEvent } from './objects.ts';
export { followKube } from './replicas.ts';
export type {
  Column,
  Connect,
  FieldTerm,
  KubeRequest,
  KubeVerb,
  Narrowing,
  ResourceDefinition,
} from './resource.ts';
export { presentStatus } from './status.ts';
export { type Cause, type StatusDetails, StatusError } from './status-error.ts';
