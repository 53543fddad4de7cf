import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Content, createTestProject, openContent } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import {
  type ChartMuseum,
  type ChartReader,
  createChartMuseum,
  createChartReader,
} from '../helm/index.ts';
import { chartOf } from '../tke/providers/charts.contract.ts';
import { type ArtifactChartStore, createChartStore } from './chart-store.ts';
import { createChartRecords } from './charts.repository.ts';

const CHARTS = 50;
const VERSIONS = 100;

let database: TestDatabase;
let content: Content;
let reader: ChartReader;
let store: ArtifactChartStore;
let museum: ChartMuseum;

beforeAll(async () => {
  database = await createTestDatabase();
  content = openContent(database);
  reader = createChartReader();
  store = createChartStore({ ...content, reader, records: createChartRecords(content.db) });
  museum = createChartMuseum(store);
  await insertCharts(await createTestProject(content, 'many'));
}, 120_000);
afterAll(async () => {
  await reader.close();
  await content.close();
  await database.drop();
});

/** Versions as pushes would have left them; their blobs are not needed. */
async function insertCharts(projectId: number): Promise<void> {
  const layer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
  const config = 'application/vnd.cncf.helm.config.v1+json';
  await content.db.connection().execute(async (db) => {
    // Without triggers, which so many rows in one statement would spend a minute in.
    await sql`SET session_replication_role = replica`.execute(db);
    await sql`SET statement_timeout = 0`.execute(db);
    await sql`
      INSERT INTO repository (project_id, name)
      SELECT ${projectId}, 'many/chart' || n FROM generate_series(1, ${CHARTS}::int) AS n`.execute(
      db,
    );
    await sql`
      INSERT INTO artifact (repository_id, project_id, digest, media_type, size, content, type,
                            config_media_type, extra_attrs)
      SELECT id, ${projectId}, 'sha256:' || encode(sha256(manifest), 'hex'),
             'application/vnd.oci.image.manifest.v1+json', length(manifest), manifest, 'CHART',
             ${config},
             jsonb_build_object('apiVersion', 'v2', 'name', substr(name, 6), 'version', version,
               'description', repeat('A chart for many things. ', 5), 'appVersion', '1.0',
               'keywords', jsonb_build_array('one', 'two'))
      FROM (
        SELECT repository.id, name, '1.' || n || '.0' AS version,
          convert_to(json_build_object('schemaVersion', 2,
            'mediaType', 'application/vnd.oci.image.manifest.v1+json',
            'config', json_build_object('mediaType', ${config}::text, 'size', 10,
              'digest', 'sha256:' || encode(sha256(convert_to(name || n, 'UTF8')), 'hex')),
            'layers', json_build_array(json_build_object('mediaType', ${layer}::text, 'size', 20,
              'digest', 'sha256:' || encode(sha256(convert_to(n || name, 'UTF8')), 'hex')))
            )::text, 'UTF8') AS manifest
        FROM repository, generate_series(1, ${VERSIONS}::int) AS n
        WHERE project_id = ${projectId}) AS made`.execute(db);
    await sql`
      INSERT INTO tag (repository_id, name, artifact_id)
      SELECT repository_id, extra_attrs ->> 'version', id FROM artifact
      WHERE project_id = ${projectId}`.execute(db);
    await sql`INSERT INTO chart_revision (project_id) VALUES (${projectId})`.execute(db);
    await sql`
      INSERT INTO chart_repository_revision (project_id, repository_id, revision)
      SELECT project_id, id, 1 FROM repository WHERE project_id = ${projectId}`.execute(db);
    await sql`SET session_replication_role = DEFAULT`.execute(db);
    await sql`ANALYZE`.execute(db);
  });
}

/** Milliseconds: how long it took, and how long at most nobody else had a turn. */
async function time<T>(
  work: () => Promise<T>,
): Promise<{ result: T; took: number; stall: number }> {
  const delays = monitorEventLoopDelay({ resolution: 1 });
  delays.enable();
  const since = performance.now();
  const result = await work();
  const took = performance.now() - since;
  delays.disable();
  return { result, took, stall: delays.max / 1e6 };
}

async function fetchIndex(etag?: string): Promise<{ status: number; size: number; etag: string }> {
  const headers = etag === undefined ? {} : { 'if-none-match': etag };
  const reply = await museum.serveIndex('many', { headers });
  let size = 0;
  if (reply.body instanceof Readable) for await (const piece of reply.body) size += piece.length;
  return { status: reply.status, size, etag: reply.headers['etag'] ?? '' };
}

describe('thousands of versions', () => {
  it('are read once, answered from memory, and made anew in part only', async () => {
    const first = await time(() => fetchIndex());
    expect(first.result.size).toBeGreaterThan(1_000_000);
    const { etag } = first.result;
    const warm = await time(() => fetchIndex());
    const unchanged = await time(() => fetchIndex(etag));
    expect(unchanged.result.status).toBe(304);
    const archive = chartOf({ name: 'chart7', version: '3.0.0' });
    await store.put('many', { archive }, { overwrite: false, actor: { username: 'ann' } });
    const changed = await time(() => fetchIndex(etag));
    expect(changed.result.size).toBeGreaterThan(first.result.size);
    const shown = Object.entries({ first, warm, unchanged, changed }).map(
      ([name, { took, stall }]) => `${name} ${took.toFixed(0)} ms, stall ${stall.toFixed(1)} ms`,
    );
    process.stderr.write(`index of ${CHARTS * VERSIONS} versions: ${shown.join('; ')}\n`);
    // Far from what is measured (see the line above), for machines that are busy.
    expect(warm.took).toBeLessThan(1000);
    expect(unchanged.took).toBeLessThan(500);
    expect(changed.took).toBeLessThan(2000);
    expect((await store.list('many')).charts.size).toBe(CHARTS);
  }, 120_000);
});
