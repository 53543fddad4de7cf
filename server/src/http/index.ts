export { type HealthCheck, registerHealthRoutes } from './health.routes.ts';
export { awaitsContinue, createHttpServer } from './http-server.ts';
