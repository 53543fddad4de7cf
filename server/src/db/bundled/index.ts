export type { BundledPostgresErrorKind } from './bundled.errors.ts';
export { BundledPostgresError } from './bundled.errors.ts';
export { findRunningPostgres } from './running.ts';
export type { BundledExit } from './supervision.ts';
export type { BundledConnection, BundledOptions, BundledPostgres } from './supervisor.ts';
export { startBundledPostgres } from './supervisor.ts';
