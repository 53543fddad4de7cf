export { createQuotaRepository } from './quota.repository.ts';
export {
  createQuotaCheckRepository,
  type QuotaCheckRepository,
  type UsageMismatch,
} from './quota-check.repository.ts';
export { QuotaExceeded } from './quota-exceeded.ts';
export { foldUsage } from './quota-folding.ts';
export { createQuotaGate, type QuotaGate } from './quota-gate.ts';
export { quotaRefreshRoutes } from './quota-refresh.routes.ts';
export { createQuotaRefresh, type QuotaRefresh } from './quota-refresh.ts';
export { dropExpiredReservations } from './quota-reservation.repository.ts';
export { createQuotaUsageRepository } from './quota-usage.repository.ts';
export { quotasRoutes } from './quotas.routes.ts';
export { createQuotasService } from './quotas.service.ts';
export {
  type Allowance,
  createUploadQuota,
  type UploadQuota,
  unlimitedUploads,
} from './upload-quota.ts';
