export { basePathOf, presentPath } from './base-path.ts';
export { type AddressOf, createAddressOf, createProxyTrust } from './client-address.ts';
export { externalUrlOf } from './external-url.ts';
export { acceptForms, formOf } from './form-body.ts';
export { type HealthCheck, registerHealthRoutes } from './health.routes.ts';
export { awaitsContinue, createHttpServer, serveRaw } from './http-server.ts';
export { statusOf } from './problem.ts';
export { type PlainReply, refuseAs, sendReply } from './reply.ts';
export {
  createExchange,
  type Exchange,
  guardFlow,
  type HeaderList,
  hasBody,
  isPolicyRefusal,
  type ListPage,
  parsePage,
  presentLink,
  sendEmpty,
  sendError,
  sendJson,
  start,
  toOciError,
  warningText,
  welcomeBody,
} from './v2/index.ts';
