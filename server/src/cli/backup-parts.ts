import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '../backup/index.ts';
import type { Config } from '../config/index.ts';
import { connectClient } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import type { OpenDatabase } from '../open-database.ts';
import { createSecretBox, loadSecretKey, parseSecretKey } from '../secrets/index.ts';
import { createLogger } from '../telemetry/index.ts';

/** The key that the configuration or the data directory has, if any; makes none. */
export async function findSecretKey(config: Config): Promise<Buffer | undefined> {
  const file = secretKeyFile(config);
  if (config.secretKey === undefined && !existsSync(file)) return undefined;
  return loadSecretKey({ configured: config.secretKey, file });
}

export function secretKeyFile({ dataDir }: Config): string {
  return join(dataDir, 'secret-key');
}

/** Ids of a key and of those that are configured as retired. */
export function listKeyIds(config: Config, key: Buffer): string[] {
  const retired = config.retiredSecretKeys.map((text) =>
    parseSecretKey(text, 'BERTH_RETIRED_SECRET_KEYS'),
  );
  return [key, ...retired].map((one) => createSecretBox({ key: one }).keyId);
}

/** A connection of its own, without limits of time. */
export async function connectPatiently({ address }: OpenDatabase) {
  const log = createLogger('warn');
  const client = await connectClient({ ...address, statementTimeoutMs: 0, log });
  await client.query('SET idle_in_transaction_session_timeout = 0');
  return client;
}

/** Backups are of files. @throws AppError invalid */
export function ensureFilesystem(config: Config): void {
  if (config.storage === 'filesystem') return;
  throw new AppError('invalid', `with storage ${config.storage} there is nothing to back up`);
}

/**
 * Runs `work` until it ends or the operator stops it: then its signal fires, and it has undone what
 * was half done when this rejects. A second signal ends the process.
 */
export async function untilStopped<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = (name: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort(new AppError('precondition', `stopped by ${name}`));
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

const EVERY_MS = 2_000;

/** Tells on standard error how far it is, now and then. */
export function createProgressReport(): (progress: Progress) => void {
  let saidAt = performance.now();
  return (progress) => {
    const now = performance.now();
    if (now - saidAt < EVERY_MS) return;
    saidAt = now;
    console.error(describe(progress));
  };
}

function describe(progress: Progress): string {
  if (progress.step === 'table') return `… table ${progress.name}: ${progress.rows} rows`;
  const { done, total, copiedBytes } = progress;
  const copied = copiedBytes === undefined ? '' : `, ${formatBytes(copiedBytes)} copied`;
  return `… ${done} of ${total} blobs${copied}`;
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];

export function formatBytes(bytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(bytes, 1)) / 10), UNITS.length - 1);
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
}
