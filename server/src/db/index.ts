export type { BundledConnection, BundledExit, BundledPostgres } from './bundled/index.ts';
export {
  BundledPostgresError,
  findRunningPostgres,
  startBundledPostgres,
} from './bundled/index.ts';
export { copyIn, copyOut } from './copy.ts';
export type {
  Database,
  DatabaseAddress,
  DatabaseClient,
  DatabaseTransaction,
  PoolOptions,
} from './database.ts';
export {
  afterCommit,
  connectClient,
  createDatabase,
  openDatabase,
  openPool,
  retryConflicts,
  transact,
} from './database.ts';
export {
  isConflict,
  isForeignKeyViolation,
  isTooSlow,
  isUnavailable,
  isUniqueViolation,
} from './db.errors.ts';
export type { Migration } from './migrate.ts';
export { listMigrations, MigrationError, migrate, pendingMigrations } from './migrate.ts';
export type { Notifications, NotificationsOptions } from './notify.ts';
export { createNotifications } from './notify.ts';
export type { ColumnType, Predicate, Scalar, Sort } from './predicates.ts';
export { orderBySorts, wherePredicates } from './predicates.ts';
export type { Schema } from './schema.ts';
