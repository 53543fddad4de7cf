export type { Log } from './log.ts';
export { createLogger } from './logger.ts';
export { createMetrics, type HotCounter, type Metrics } from './metrics.ts';
