// `BERTH_DATA_DIR=… node seed-charts.ts <project> <charts> <versions of each>`: chart versions as
// pushes would have left them, in a project that is there. Their blobs are not needed for an index.
import { sql } from 'kysely';
import { parseConfig, readSettings } from '../server/src/config/index.ts';
import type { Database } from '../server/src/db/index.ts';
import { joinConfiguredDatabase } from '../server/src/open-database.ts';
import { createLogger } from '../server/src/telemetry/index.ts';

const LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip';
const CONFIG = 'application/vnd.cncf.helm.config.v1+json';
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

const [project = '', charts = '0', versions = '0'] = process.argv.slice(2);
const config = parseConfig(readSettings(process.env, undefined));
await using database = await joinConfiguredDatabase(config, createLogger('warn'));
await database.db.connection().execute(async (db) => {
  // Without triggers, which so many rows in one statement would spend minutes in.
  await sql`SET session_replication_role = replica`.execute(db);
  await sql`SET statement_timeout = 0`.execute(db);
  await insertArtifacts(db);
  await insertTags(db);
  await sql`SET session_replication_role = DEFAULT`.execute(db);
  await sql`ANALYZE`.execute(db);
});

async function insertArtifacts(db: Database): Promise<void> {
  await sql`
    INSERT INTO repository (project_id, name)
    SELECT id, name || '/chart' || n FROM project, generate_series(1, ${charts}::int) AS n
    WHERE name = ${project}`.execute(db);
  await sql`
    INSERT INTO artifact (repository_id, project_id, digest, media_type, size, content, type,
                          config_media_type, extra_attrs)
    SELECT id, project_id, 'sha256:' || encode(sha256(manifest), 'hex'), ${MANIFEST}::text,
           length(manifest), manifest, 'CHART', ${CONFIG}::text,
           jsonb_build_object('apiVersion', 'v2', 'name', chart, 'version', version,
             'description', repeat('A chart for many things. ', 5), 'appVersion', '1.0',
             'keywords', jsonb_build_array('one', 'two'))
    FROM (
      SELECT repository.id, project_id, split_part(repository.name, '/', 2) AS chart,
        '1.' || n || '.0' AS version,
        convert_to(json_build_object('schemaVersion', 2, 'mediaType', ${MANIFEST}::text,
          'config', json_build_object('mediaType', ${CONFIG}::text, 'size', 10,
            'digest', 'sha256:' || encode(sha256(convert_to(repository.name || n, 'UTF8')), 'hex')),
          'layers', json_build_array(json_build_object('mediaType', ${LAYER}::text, 'size', 20,
            'digest', 'sha256:' || encode(sha256(convert_to(n || repository.name, 'UTF8')), 'hex')))
          )::text, 'UTF8') AS manifest
      FROM repository JOIN project ON project.id = project_id AND project.name = ${project},
           generate_series(1, ${versions}::int) AS n) AS made`.execute(db);
}

async function insertTags(db: Database): Promise<void> {
  await sql`
    INSERT INTO tag (repository_id, name, artifact_id)
    SELECT repository_id, extra_attrs ->> 'version', artifact.id
    FROM artifact JOIN project ON project.id = project_id WHERE project.name = ${project}`.execute(
    db,
  );
  await sql`
    INSERT INTO chart_revision (project_id)
    SELECT id FROM project WHERE name = ${project}`.execute(db);
  await sql`
    INSERT INTO chart_repository_revision (project_id, repository_id, revision)
    SELECT project_id, repository.id, 1
    FROM repository JOIN project ON project.id = project_id
    WHERE project.name = ${project}`.execute(db);
}
