export type { KubeCaller, ProjectRole, TenantRole } from './caller.ts';
export type { KubeObject, ObjectKey, ObjectMeta } from './object.ts';
export type { Informer, KubeObjects, ObjectEvent } from './objects.ts';
export type {
  Column,
  Connect,
  FieldTerm,
  KubeRequest,
  KubeVerb,
  Narrowing,
  ResourceDefinition,
} from './resource.ts';
export { type Cause, type StatusDetails, StatusError } from './status-error.ts';
