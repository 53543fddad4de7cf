import type { Egress } from '../../egress/index.ts';
import type { AddressOf } from '../../http/index.ts';
import type { HarborConfiguration } from '../config/registry-configuration.ts';
import type { Names } from '../names.ts';
import type { ImageBackEnd } from './back-end.ts';
import { createHarborImages } from './harbor-images.ts';
import type { Freshness } from './manifest-cache.ts';
import { createOpenGate, type ImageGate, type OpenGatePorts } from './open-gate.ts';
import { PassThroughCredentials } from './pass-through-credentials.ts';
import { createPassThroughTokens, type PassThroughTokens } from './pass-through-tokens.ts';
import { ServiceAccount } from './service-account.ts';
import type { Sealer } from './upload-seal.ts';
import { Upstream } from './upstream.ts';

const DIGEST_MS = 5_000;

export interface HarborConnectionPorts {
  readonly harbor: HarborConfiguration;
  readonly egress: Pick<Egress, 'stream'>;
  readonly sealer: Sealer;
  readonly names: Names;
  readonly addressOf: AddressOf;
  /** Seconds after which a body that does not move is cut. */
  readonly stallSeconds: number;
  /** Until the headers of an answer are there; 60 s unless told. */
  readonly headersTimeoutMs?: number;
  readonly namespaces: Pick<OpenGatePorts, 'ready' | 'isOpen'>;
}

export interface HarborConnection {
  readonly backEnd: ImageBackEnd;
  /** Undefined when clients log in to us: then the gatekeeper decides. */
  readonly gate: ImageGate | undefined;
  /** Undefined unless clients log in to Harbor: then these are behind `/service/token`. */
  readonly tokens: PassThroughTokens | undefined;
}

/** The images of an existing Harbor, by the way its clients log in. */
export function connectHarbor(ports: HarborConnectionPorts): HarborConnection {
  const { harbor, egress, sealer, names, addressOf, stallSeconds, headersTimeoutMs } = ports;
  const { url, ca, verifyTls: verify, login, manifestCacheSeconds } = harbor;
  const tls = { verify, ...(ca !== undefined && { ca }) };
  const stallMs = stallSeconds * 1000;
  const upstream = new Upstream({ egress, url, tls, headersTimeoutMs, stallMs });
  const isPassed = login === 'harbor';
  const credentials = isPassed
    ? new PassThroughCredentials(sealer)
    : new ServiceAccount(upstream, harbor);
  const passed = isPassed ? { upstream, sealer } : undefined;
  const freshness = freshnessOf(manifestCacheSeconds);
  const images = { upstream, credentials, sealer, names, addressOf, stallSeconds, freshness };
  return {
    backEnd: createHarborImages(images),
    gate: login === 'tke' ? undefined : createOpenGate({ ...ports.namespaces, login: passed }),
    tokens: isPassed ? createPassThroughTokens({ upstream, sealer, names }) : undefined,
  };
}

/** What a digest names does not change: of such an answer only a deletion is seen late. */
function freshnessOf(seconds: number): Freshness {
  return { tagMs: seconds * 1000, digestMs: seconds === 0 ? 0 : DIGEST_MS };
}
