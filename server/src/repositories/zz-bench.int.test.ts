import { sql } from 'kysely';
import { it } from 'vitest';
import { createTestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createRepositoryDirectory, createRepositoryRepository } from '../artifacts/index.ts';
import { createDatabase, openPool } from '../db/index.ts';
import { presentArtifact } from './artifact.presenter.ts';
import { countQuery, pageQuery } from './artifact-list.repository.ts';
import { parseArtifactQuery, parseProjectArtifactQuery } from './artifact-query.ts';
import { projectPageQuery } from './project-artifact-list.repository.ts';
import { createRepositories } from './repositories-parts.ts';
import { parseRepositoryQuery } from './repository-query.ts';
import { repositoryPageQuery } from './repository-record.repository.ts';

it('bench', { timeout: 600_000 }, async () => {
  const database = await createTestDatabase();
  const db = createDatabase(
    openPool({
      connection: database.connection,
      poolSize: 10,
      prepare: true,
      log: quietLog,
      statementTimeoutMs: 0,
    }),
  );
  const run = (text: string) => sql.raw(text).execute(db);
  const started = performance.now();
  await run(`INSERT INTO app_user (username, password_hash) VALUES ('ann','x')`);
  await run(`INSERT INTO project (name, owner_id) VALUES ('load', 1), ('other', 1)`);
  await run(
    `INSERT INTO repository (project_id, name) SELECT 1, 'load/app' UNION ALL SELECT 1, 'load/r' || n FROM generate_series(1, 49) n UNION ALL SELECT 2, 'other/r' || n FROM generate_series(1, 50) n`,
  );
  await run(`ALTER TABLE tag DISABLE TRIGGER USER`);
  const put = (repo: string, project: number, count: number) =>
    run(`
   WITH d AS MATERIALIZED (SELECT r.id AS repo, n, 'sha256:' || encode(sha256(('${repo}' || r.id || ' ' || n)::bytea), 'hex') AS digest FROM repository r, generate_series(1, ${count}) n WHERE r.name LIKE '${repo}'),
   b AS (INSERT INTO project_blob SELECT ${project}, digest, 500 FROM d)
   INSERT INTO artifact (repository_id, project_id, digest, media_type, size, content, type, total_size, config_media_type, extra_attrs, pushed_at)
   SELECT repo, ${project}, digest, 'application/vnd.oci.image.manifest.v1+json', 500, decode(repeat('7b', 900), 'hex'), 'IMAGE', 10000+n, 'application/vnd.oci.image.config.v1+json', '{"os":"linux","architecture":"amd64","config":{"Env":["A=B"]}}', now() - n * interval '1 minute' FROM d ORDER BY random()`);
  await put('load/app', 1, 100000);
  await put('load/r%', 1, 200);
  await put('other/r%', 2, 200);
  await run(
    `INSERT INTO tag (repository_id, artifact_id, name) SELECT repository_id, id, 't' || id || '-' || n FROM artifact, generate_series(1,5) n`,
  );
  await run(`ALTER TABLE tag ENABLE TRIGGER USER`);
  await run(`INSERT INTO label (name) SELECT 'l' || n FROM generate_series(1,10) n`);
  await run(
    `INSERT INTO artifact_label (artifact_id, label_id) SELECT id, 1 + id % 10 FROM artifact WHERE id % 2 = 0`,
  );
  await run('VACUUM ANALYZE');
  console.log('filled', Math.round(performance.now() - started), 'ms');
  const repositories = createRepositoryDirectory(createRepositoryRepository(db));
  const { artifacts, repositories: repos } = createRepositories({
    db,
    directory: repositories,
    inspector: {
      describe: () => Promise.resolve({ extraAttrs: {} }),
      readAddition: () => Promise.reject(new Error('no')),
    },
    describeRecords: () => Promise.resolve(),
    immutableAmong: () => Promise.resolve(new Set<string>()),
    scanOverviews: () => Promise.resolve(new Map()),
    visibilityOf: () => 'all',
    log: quietLog,
  });
  const project = { id: 1, name: 'load', isPublic: false, accessEpoch: 0 };
  const at = { project, path: 'app' };
  const detail = {
    tags: true,
    immutability: false,
    labels: true,
    accessories: false,
    inheritedAccessories: false,
    vulnerabilities: false,
    sbom: false,
  };
  const query = parseArtifactQuery(undefined);
  const page = async (n: number, q = query) => {
    const found = await artifacts.listArtifacts(at, q, { offset: n * 20, limit: 20 }, detail);
    return JSON.stringify(found.items.map(presentArtifact)).length;
  };
  const load = async (name: string, count: number, next: () => Promise<unknown>) => {
    const times: number[] = [];
    let left = count;
    const begun = performance.now(); const cpu = process.cpuUsage();
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        while (left-- > 0) {
          const t = performance.now();
          await next();
          times.push(performance.now() - t);
        }
      }),
    );
    const all = performance.now() - begun;
    times.sort((a, b) => a - b);
    const p = (x: number) => times[Math.floor(times.length * x)]?.toFixed(1);
    const used = process.cpuUsage(cpu);
    console.log(
      name, 'node cpu ms/page', ((used.user + used.system) / 1000 / count).toFixed(2),
      'p50',
      p(0.5),
      'p95',
      p(0.95),
      'p99',
      p(0.99),
      'rps',
      Math.round((count / all) * 1000),
    );
  };
  const one = async (name: string, fn: () => Promise<unknown>) => {
    const t = performance.now();
    await fn();
    const a = performance.now() - t;
    const t2 = performance.now();
    await fn();
    console.log(name, a.toFixed(1), 'ms then', (performance.now() - t2).toFixed(1));
  };
  await one('page 1', () => page(0));
  await one('page 2500', () => page(2499));
  await one('page 5000', () => page(4999));
  let n = 0;
  await load('front pages c=20', 2000, () => page(n++ % 10));
  await load('random pages c=20', 3000, () => page(Math.floor(Math.random() * 5000)));
  await load('random pages c=20 warm', 3000, () => page(Math.floor(Math.random() * 5000)));
  await load('walk', 3000, () => page(n++ % 5000));
  repositories.track('load/app').changes += 1;
  await load('page 1 with changing', 1000, () => {
    repositories.track('load/app').changes += 1;
    return page(0);
  });
  await one('project list', () =>
    artifacts.listArtifactsOfProject(
      project,
      parseProjectArtifactQuery(undefined),
      { offset: 0, limit: 20 },
      detail,
    ),
  );
  await one('project list deep', () =>
    artifacts.listArtifactsOfProject(
      project,
      parseProjectArtifactQuery(undefined),
      { offset: 50000, limit: 20 },
      detail,
    ),
  );
  await one('latest', () =>
    artifacts.listLatestOfProject(
      project,
      parseProjectArtifactQuery('media_type=application/vnd.oci.image.config.v1+json'),
      { offset: 0, limit: 20 },
      detail,
    ),
  );
  await one('repositories', () =>
    repos.listAll({ kind: 'anonymous' }, parseRepositoryQuery(undefined), { offset: 0, limit: 20 }),
  );
  await one('repositories by update', () =>
    repos.listAll({ kind: 'anonymous' }, parseRepositoryQuery(undefined, '-update_time'), {
      offset: 0,
      limit: 20,
    }),
  );
  await db.destroy();
  await database.drop();
});
