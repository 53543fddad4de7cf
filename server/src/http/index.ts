export { type AddressOf, createAddressOf } from './client-address.ts';
export { externalUrlOf } from './external-url.ts';
export { type HealthCheck, registerHealthRoutes } from './health.routes.ts';
export { awaitsContinue, createHttpServer, serveRaw } from './http-server.ts';
export { statusOf } from './problem.ts';
