export { createQuotaRepository } from './quota.repository.ts';
export { quotasRoutes } from './quotas.routes.ts';
export { createQuotasService, type QuotasService } from './quotas.service.ts';
