import { expect, it } from 'vitest';
import { insertArtifactRow } from '../../../../test/artifact-rows.ts';
import { createTestProject, openContent } from '../../../../test/content.ts';
import { createTestDatabase } from '../../../../test/database.ts';
import { createProjectRepository, createProjectsService } from '../../../projects/index.ts';
import { unusedCharts } from '../charts.fixture.ts';
import { describeProvider } from '../provider.contract.ts';
import { type BuiltinPorts, createBuiltinProvider } from './builtin-provider.ts';
import { createContentRepository } from './content.repository.ts';

async function open() {
  const database = await createTestDatabase();
  const content = openContent(database);
  const { db } = content;
  await db
    .insertInto('app_user')
    .values({ username: 'admin', password_hash: 'x', is_admin: true })
    .execute();
  const projects = createProjectsService({
    projects: createProjectRepository(db),
    announce: (name) => Promise.resolve(projects.forget(name)),
    settings: {
      storagePerProject: () => -1,
      creationRestriction: () => 'adminonly',
      anonymousListing: () => true,
    },
  });
  const ports: BuiltinPorts = {
    projects,
    removal: content.removal,
    content: createContentRepository(db),
    charts: unusedCharts,
    flushPulls: () => Promise.resolve(),
    version: '1.0.0',
  };
  return {
    ports,
    content,
    provider: createBuiltinProvider(ports),
    db,
    async cleanup() {
      await content.close();
      await database.drop();
    },
  };
}

describeProvider('builtin', open);

it('empties a project again that fills while it is deleted', async () => {
  const { ports, content, db, cleanup } = await open();
  const projectId = await createTestProject(content, 'acme-image-busy');
  let pushes = 0;
  const provider = createBuiltinProvider({
    ...ports,
    projects: {
      createProject: (creator, order) => ports.projects.createProject(creator, order),
      findPolicy: (name) => ports.projects.findPolicy(name),
      updateProject: (project, update) => ports.projects.updateProject(project, update),
      async deleteProject(project) {
        pushes += 1;
        if (pushes < 3) await push(`acme-image-busy/late${pushes}`);
        await ports.projects.deleteProject(project);
      },
    },
  });
  async function push(name: string): Promise<void> {
    const { id } = await db
      .insertInto('repository')
      .values({ name, project_id: projectId })
      .returning('id')
      .executeTakeFirstOrThrow();
    await insertArtifactRow(db, { repositoryId: id, projectId, content: name });
  }
  await provider.deleteProject('acme-image-busy');
  expect(await provider.hasProject('acme-image-busy')).toBe(false);
  expect(pushes).toBe(3);
  await cleanup();
});

it('counts pulls that were noted and not written yet', async () => {
  const { ports, content, db, cleanup } = await open();
  const projectId = await createTestProject(content, 'acme-image-hot');
  const { id } = await db
    .insertInto('repository')
    .values({ name: 'acme-image-hot/app', project_id: projectId })
    .returning('id')
    .executeTakeFirstOrThrow();
  await insertArtifactRow(db, { repositoryId: id, projectId, content: 'x', tags: ['1'] });
  const provider = createBuiltinProvider({
    ...ports,
    async flushPulls() {
      await db.updateTable('repository').set({ pull_count: 3 }).where('id', '=', id).execute();
    },
  });
  expect((await provider.describeRepository('acme-image-hot', 'app'))?.pullCount).toBe(3);
  await cleanup();
});
