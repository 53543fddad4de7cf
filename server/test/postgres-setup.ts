import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import {
  type BundledConnection,
  migrate,
  openPool,
  startBundledPostgres,
} from '../src/db/index.ts';
import { quietLog } from './log.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** One PostgreSQL for the whole run; `createTestDatabase` gives each test its own database. */
    postgres: BundledConnection;
  }
}

export const TEMPLATE_DATABASE = 'berth_template';
const MIGRATIONS = join(import.meta.dirname, '..', 'migrations');

/** Vitest's globalSetup: starts PostgreSQL, migrates the template, returns the tear-down. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'berth-test-'));
  const postgres = await startBundledPostgres({
    directory,
    log: quietLog,
    // Durability is what the tests of the supervisor are about, not those that use a database.
    settings: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' },
  });
  const stop = async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    await createTemplate(postgres.connection);
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('postgres', postgres.connection);
  return stop;
}

async function createTemplate(connection: BundledConnection): Promise<void> {
  const admin = openPool({ connection, poolSize: 1, log: quietLog });
  await admin.query(`CREATE DATABASE ${TEMPLATE_DATABASE}`);
  await admin.end();
  const template = openPool({
    connection: { ...connection, database: TEMPLATE_DATABASE },
    poolSize: 1,
    log: quietLog,
  });
  try {
    await migrate(template, MIGRATIONS, quietLog);
  } finally {
    // Cloning requires that nobody is connected to the template.
    await template.end();
  }
}
