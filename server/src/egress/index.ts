export type { AddressPolicy } from './address.ts';
export { EgressError, type EgressErrorCode } from './egress.errors.ts';
export {
  createEgress,
  type Egress,
  type EgressLimits,
  type EgressOptions,
  type EgressRequest,
} from './egress.ts';
export type { EgressMethod, EgressResponse, EgressTls } from './exchange.ts';
export type { EgressFetch } from './fetch.ts';
export type { StreamRequest, StreamResponse } from './stream.ts';
export type { Resolve } from './target.ts';
