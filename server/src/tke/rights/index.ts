export { authApiGroup } from './api-key.presenter.ts';
export { type ApiKeyRoutesPorts, registerApiKeyRoutes } from './api-keys.routes.ts';
export {
  type ApiKeys,
  type ApiKeysPorts,
  createApiKeys,
  type KeyTokens,
} from './api-keys.service.ts';
export { type BasicLogin, createBasicLogin } from './basic-login.ts';
export {
  anonymousCaller,
  createTkeCallers,
  type TkeCallers,
  type TkeCallersPorts,
} from './callers.ts';
export { isChartGroupLocked } from './chart-rights.ts';
export type { Admission, ChartAction, Gatekeeper, Shown } from './gatekeeper.ts';
export { createImageDecisions, type ImageDecisions } from './image-decisions.ts';
export { createKubeDoor, type KubeDoorPorts } from './kube-door.ts';
export { authorizeKube, forbidden } from './kube-rights.ts';
export { createObjectRights, type ObjectRights } from './object-rights.ts';
export { createRealmOf, originOf, type RealmPorts } from './realm.ts';
export { type ScopeNames, scopedRepository } from './scopes.ts';
export { createGatekeeper, type GatekeeperPorts } from './tenant-gatekeeper.ts';
export { registerTkeTokenRoutes, type TkeTokenRoutesPorts } from './token.routes.ts';
export {
  createTkeTokenService,
  TKE_SERVICE,
  type TkeTokenPorts,
  type TkeTokens,
} from './token.service.ts';
