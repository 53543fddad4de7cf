import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';
import { IMAGE } from './seed.ts';

const REPOSITORIES = 100;

const statements = [
  `INSERT INTO repository (project_id, name)
   SELECT p.id, 'library/cold-' || n FROM project p, generate_series(1, ${REPOSITORIES}) n
   WHERE p.name = 'library'`,
  `INSERT INTO artifact (repository_id, digest, media_type, size, content)
   SELECT r.id, 'sha256:' || encode(sha256(made.content), 'hex'), '${IMAGE}',
          length(made.content), made.content
   FROM repository r, generate_series(1, $1::int) n,
        LATERAL (SELECT convert_to(r.name || n || repeat(md5(n::text), 16), 'UTF8') AS content) made
   WHERE r.name LIKE 'library/cold-%'`,
  `INSERT INTO tag (repository_id, name, artifact_id)
   SELECT repository_id, 't' || id, id FROM artifact`,
  'ANALYZE',
];

/**
 * Writes `count` artifacts of about 530 bytes, with one tag each, into the bundled PostgreSQL of a
 * running Berth. Pushing them would take longer than all that is measured of them.
 */
export async function insertArtifacts(dataDirectory: string, count: number): Promise<void> {
  const directory = join(dataDirectory, 'postgres');
  const client = new Client({
    host: join(directory, 'run'),
    user: 'berth',
    database: 'berth',
    password: await readFile(join(directory, 'password'), 'utf8'),
  });
  await client.connect();
  try {
    for (const statement of statements) {
      const values = statement.includes('$1') ? [Math.ceil(count / REPOSITORIES)] : [];
      await client.query(statement, values);
    }
  } finally {
    await client.end();
  }
}
