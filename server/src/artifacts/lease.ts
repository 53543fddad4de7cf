/** `gc.leaseSeconds` unless it is set. */
export const DEFAULT_LEASE_SECONDS = 900;
