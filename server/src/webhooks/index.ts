export type { PullEvent, PullEvents } from './pull-events.ts';
export type { ExecutionsPort } from './webhook-executions.service.ts';
export { type WebhooksRoutesPorts, webhooksRoutes } from './webhooks.routes.ts';
export { createWebhooks, type Webhooks, type WebhooksModulePorts } from './webhooks.ts';
