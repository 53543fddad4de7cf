export { createRetention, type Retention, type RetentionModulePorts } from './retention.ts';
