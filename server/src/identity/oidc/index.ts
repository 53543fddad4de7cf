export type { ClaimCondition } from './claim-condition.ts';
export { safeLocalPath } from './local-path.ts';
export { OidcError, type OidcErrorKind } from './oidc.errors.ts';
export {
  createOidcClient,
  isOfflineToken,
  type LoginFlow,
  type OidcClient,
  type OidcClientPorts,
} from './oidc-client.ts';
export type { OidcIdentity } from './oidc-identity.ts';
export type { OidcEndpoint, OidcSettings } from './oidc-settings.ts';
export type { FetchFor } from './providers.ts';
export {
  createWorkloadVerifier,
  type WorkloadIdentity,
  type WorkloadVerifier,
  type WorkloadVerifierPorts,
} from './workload.ts';
export {
  checkTrust,
  type WorkloadPreset,
  type WorkloadTrust,
  workloadPresets,
} from './workload-trust.ts';
