export type { ImageBackEnd } from './back-end.ts';
export { createBuiltinImages, type NativeDistribution } from './builtin-images.ts';
export {
  connectHarbor,
  type HarborConnection,
  type HarborConnectionPorts,
} from './harbor-connection.ts';
export type { ContentChange, ImageAudit, ImageAuditEntry, ImageHooks } from './image-events.ts';
export { createImageFront, type ImageFront, type ImageFrontPorts } from './image-front.ts';
export type { ImageGate } from './open-gate.ts';
export { registerPassThroughTokenRoutes } from './pass-through-token.routes.ts';
export type { PassThroughTokens } from './pass-through-tokens.ts';
export { createPassages, type Passages } from './passage.ts';
export { createTkeAuthorizer } from './tke-authorizer.ts';
