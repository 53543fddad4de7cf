import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@berth/oci';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { usageOf } from '../../test/images.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, migrate, openPool } from '../db/index.ts';

/** Migration 5 on a database that an older version has filled. */
const MIGRATIONS = join(import.meta.dirname, '../../migrations');

let database: TestDatabase;
let pool: Pool;
let old = '';

const digest = (name: string) => digestOf(Buffer.from(name));

beforeAll(async () => {
  database = await createTestDatabase({ empty: true });
  pool = openPool({ connection: database.connection, log: quietLog });
  old = await mkdtemp(join(tmpdir(), 'berth-migrations-'));
  const files = (await readdir(MIGRATIONS)).filter((name) => name < '0005');
  for (const name of files) await cp(join(MIGRATIONS, name), join(old, name));
  await migrate(pool, old, quietLog);
  await fill();
  await migrate(pool, MIGRATIONS, quietLog);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  await rm(old, { recursive: true, force: true });
});

/** Projects `one` (repositories a, b) and `two` (c), which share a layer. */
async function fill(): Promise<void> {
  await pool.query(`
    INSERT INTO app_user (username, password_hash) VALUES ('ann', 'x');
    INSERT INTO project (name, owner_id) SELECT name, id FROM app_user, unnest('{one,two,empty}'::text[]) AS name;
    INSERT INTO quota (project_id, used_storage) SELECT id, 7 FROM project ON CONFLICT (project_id) DO UPDATE SET used_storage = 7;
    INSERT INTO repository (project_id, name, created_at) SELECT id, name || '/a', '2026-01-02' FROM project WHERE name = 'one';
    INSERT INTO repository (project_id, name) SELECT id, name || '/b' FROM project WHERE name = 'one';
    INSERT INTO repository (project_id, name) SELECT id, name || '/c' FROM project WHERE name = 'two'`);
  for (const [name, size] of [
    ['layer', 1_000],
    ['config', 100],
    ['alone', 10],
  ] as const) {
    await pool.query('INSERT INTO blob (digest, size) VALUES ($1, $2)', [digest(name), size]);
  }
  for (const [repository, blob] of [
    ['one/a', 'layer'],
    ['one/a', 'config'],
    ['one/b', 'layer'],
    ['one/b', 'alone'],
    ['two/c', 'layer'],
  ] as const) {
    await pool.query(
      `INSERT INTO repository_blob (repository_id, digest)
       SELECT id, $2 FROM repository WHERE name = $1`,
      [repository, digest(blob)],
    );
  }
  await insert('one/a', 'image', { tags: ['v1'] });
  await insert('one/b', 'image', {});
  await insert('one/a', 'hidden child', {});
  await insert('one/a', 'tagged child', { tags: ['amd64'] });
  await insert('one/a', 'index', { children: ['hidden child', 'tagged child', 'absent'] });
  await insert('one/b', 'hidden child', {});
  await insert('one/a', 'note', { subject: 'image', type: 'application/vnd.example' });
  await insert('one/a', 'notation', {
    subject: 'image',
    type: 'application/vnd.cncf.notary.signature',
    tags: ['signature'],
  });
  await insert('one/a', 'sbom', {
    subject: 'absent',
    type: 'application/vnd.goharbor.harbor.sbom.v1',
  });
  await insert('two/c', 'cosign', { tags: [`${digest('image').replace(':', '-')}.sig`] });
}

interface Old {
  readonly tags?: readonly string[];
  readonly children?: readonly string[];
  readonly subject?: string;
  readonly type?: string;
}

/** An artifact whose content is its name. */
async function insert(repository: string, name: string, { tags, children, subject, type }: Old) {
  const { rows } = await pool.query(
    `INSERT INTO artifact (repository_id, digest, media_type, subject_digest, artifact_type, size, content)
     SELECT id, $2, 'application/vnd.oci.image.manifest.v1+json', $3, $4, length($5), convert_to($5, 'UTF8')
     FROM repository WHERE name = $1 RETURNING id, repository_id`,
    [repository, digest(name), subject && digest(subject), type, name],
  );
  const [{ id, repository_id: repositoryId }] = rows;
  for (const tag of tags ?? []) {
    await pool.query('INSERT INTO tag (repository_id, name, artifact_id) VALUES ($1, $2, $3)', [
      repositoryId,
      tag,
      id,
    ]);
  }
  for (const child of children ?? []) {
    await pool.query(
      'INSERT INTO artifact_reference (artifact_id, repository_id, child_digest) VALUES ($1, $2, $3)',
      [id, repositoryId, digest(child)],
    );
  }
}

async function readNamed(column: string): Promise<Record<string, unknown>> {
  const { rows } = await pool.query(
    `SELECT repository.name || ' ' || convert_from(content, 'UTF8') AS name, ${column} AS value
     FROM artifact JOIN repository ON repository.id = repository_id ORDER BY artifact.id`,
  );
  return Object.fromEntries(rows.map(({ name, value }) => [name, value]));
}

describe('artifacts of an older version', () => {
  it('are counted for their project, each digest once', async () => {
    const { rows } = await pool.query(
      `SELECT project.name, project.id, quota.used_storage AS used
       FROM project JOIN quota ON quota.project_id = project.id`,
    );
    const used = Object.fromEntries(rows.map((row) => [row.name, row.used]));
    const names = ['image', 'hidden child', 'tagged child', 'index', 'note', 'notation', 'sbom'];
    const manifests = names.reduce((sum, name) => sum + name.length, 0);
    expect(used).toEqual({
      one: 1_000 + 100 + 10 + manifests,
      two: 1_000 + 'cosign'.length,
      empty: 0,
    });
    const db = createDatabase(pool);
    for (const { id, used } of rows) {
      expect(await usageOf(db, id)).toEqual({ counted: used, known: used, actual: used });
    }
  });

  it('are listed unless they are accessories, or untagged in an index', async () => {
    expect(await readNamed('is_listed')).toEqual({
      'one/a image': true,
      'one/b image': true,
      'one/a hidden child': false,
      'one/a tagged child': true,
      'one/a index': true,
      'one/b hidden child': true,
      'one/a note': false,
      'one/a notation': false,
      'one/a sbom': false,
      'two/c cosign': false,
    });
  });

  it('are accessories of their subject, or of what their tag names', async () => {
    const types = await readNamed('accessory_type');
    expect(types).toEqual({
      ...Object.fromEntries(Object.keys(types).map((name) => [name, null])),
      'one/a note': 'subject.accessory',
      'one/a notation': 'signature.notation',
      'one/a sbom': 'sbom.harbor',
      'two/c cosign': 'signature.cosign',
    });
    expect(await readNamed('accessory_of')).toMatchObject({
      'one/a image': null,
      'one/a note': digest('image'),
      'one/a sbom': digest('absent'),
      'two/c cosign': digest('image'),
    });
  });

  it('wait to be described', async () => {
    const types = Object.values(await readNamed('type'));
    expect(types.every((type) => type === null)).toBe(true);
  });

  it('keep when their repository was made', async () => {
    const { rows } = await pool.query(
      `SELECT updated_at = created_at AS same, extract(year FROM created_at)::int AS year
       FROM repository WHERE name = 'one/a'`,
    );
    expect(rows).toEqual([{ same: true, year: 2026 }]);
  });
});
