export { BackupDamagedError } from './backup.errors.ts';
export {
  type BackupOptions,
  type BackupPorts,
  type BackupResult,
  type CollectionHold,
  copyKeyFile,
  createBackup,
  type Progress,
} from './backup.ts';
export {
  BackupDirectory,
  type BackupSet,
  keyFileOf,
  writeDurably,
} from './backup-directory.ts';
export type { BackupManifest } from './manifest.ts';
export { type Pruned, pruneBackups } from './prune.ts';
export { ensureKnownSchema, type RestorePorts, restoreBackup } from './restore.ts';
export { type VerifyOptions, verifyBackup } from './verify.ts';
