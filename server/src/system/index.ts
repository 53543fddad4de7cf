export { createHealthMonitor, type HealthMonitor, POLL_EVERY_MS } from './health-monitor.ts';
export { createIcons, type Icons } from './icons.ts';
export { type OpenApiRoutesPorts, openApiRoutes } from './openapi.routes.ts';
export { HARBOR_VERSION, presentStatistics } from './system.presenter.ts';
export { createSystemRepository, type SystemRepository } from './system.repository.ts';
export { type SystemRoutesPorts, systemRoutes } from './system.routes.ts';
export { statisticsModel } from './system.schema.ts';
export { createSystemService, type SystemService } from './system.service.ts';
export { readVolume, type VolumeSpace } from './volume.ts';
