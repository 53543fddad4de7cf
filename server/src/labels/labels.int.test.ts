import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { insertArtifactRow } from '../../test/artifact-rows.ts';
import { createTestProject } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import {
  anonymous,
  createProjectAccess,
  type Principal,
  type ProjectPolicy,
  ROLE,
} from '../access/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { presentLabel } from './label.presenter.ts';
import { createLabelRepository } from './label.repository.ts';
import { createLabelsService, type LabelsService } from './labels.service.ts';

const admin: Principal = { kind: 'user', id: 1, username: 'admin', isAdmin: true, groupIds: [] };
const ann: Principal = { kind: 'user', id: 2, username: 'ann', isAdmin: false, groupIds: [] };
const dev: Principal = { ...ann, id: 3, username: 'dev' };
const stranger: Principal = { ...ann, id: 4, username: 'stranger' };

let database: TestDatabase;
let db: Database;
let labels: LabelsService;
let team: number;
let other: number;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  team = await createTestProject({ db }, 'team');
  other = await createTestProject({ db }, 'other');
  const policies: ProjectPolicy[] = [
    { id: team, name: 'team', isPublic: false, accessEpoch: 0 },
    { id: other, name: 'other', isPublic: false, accessEpoch: 0 },
  ];
  const projects = {
    peekPolicy: () => undefined,
    findPolicy: async (name: string) => policies.find((policy) => policy.name === name),
    findPolicyById: async (id: number) => policies.find((policy) => policy.id === id),
    async findRoles(projectId: number, userId: number) {
      if (projectId !== team) return [];
      if (userId === ann.id) return [ROLE.maintainer];
      return userId === dev.id ? [ROLE.developer] : [];
    },
  };
  labels = createLabelsService({
    labels: createLabelRepository(db),
    projects,
    access: createProjectAccess(projects),
  });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  await db.deleteFrom('label').execute();
});

const text = (name: string) => ({ name, description: '', color: '' });
const page = { offset: 0, limit: 10 };
const order = [{ column: 'label.id', type: 'integer', descending: false }] as const;
async function namesOf(principal: Principal, projectId: number | undefined, name?: string) {
  const filter = { projectId, name, predicates: [], sorts: order };
  const found = await labels.listLabels(principal, filter, page);
  return [found.total, ...found.labels.map((label) => label.name)];
}

describe('labels of the system', () => {
  it('are made and changed by administrators, and listed by anyone', async () => {
    const id = await labels.createLabel(admin, undefined, { ...text('prod'), color: '#f00' });
    expect(await namesOf(anonymous, undefined)).toEqual([1, 'prod']);
    await labels.updateLabel(admin, id, { ...text('production'), description: 'runs' });
    expect(presentLabel(await labels.getLabel(admin, id))).toEqual({
      id,
      name: 'production',
      description: 'runs',
      scope: 'g',
      creation_time: expect.any(String),
      update_time: expect.any(String),
    });
    await labels.deleteLabel(admin, id);
    expect(await namesOf(anonymous, undefined)).toEqual([0]);
  });

  it.each([
    [ann, 'denied'],
    [anonymous, 'unauthenticated'],
  ] as const)('are nothing to $username', async (principal, kind) => {
    const id = await labels.createLabel(admin, undefined, text('prod'));
    const refused = { kind };
    await expect(labels.createLabel(principal, undefined, text('x'))).rejects.toMatchObject(
      refused,
    );
    await expect(labels.getLabel(principal, id)).rejects.toMatchObject(refused);
    await expect(labels.updateLabel(principal, id, text('x'))).rejects.toMatchObject(refused);
    await expect(labels.deleteLabel(principal, id)).rejects.toMatchObject(refused);
    expect(await namesOf(anonymous, undefined)).toEqual([1, 'prod']);
  });
});

describe('labels of a project', () => {
  it('are kept by who maintains it, seen by its members, and by nobody else', async () => {
    const id = await labels.createLabel(ann, team, text('tested'));
    expect(presentLabel(await labels.getLabel(dev, id))).toMatchObject({
      scope: 'p',
      project_id: team,
    });
    expect(await namesOf(dev, team)).toEqual([1, 'tested']);
    const denied = { kind: 'denied' };
    await expect(labels.updateLabel(dev, id, text('x'))).rejects.toMatchObject(denied);
    await expect(labels.createLabel(dev, team, text('x'))).rejects.toMatchObject(denied);
    await expect(namesOf(stranger, team)).rejects.toMatchObject(denied);
    const hidden = { kind: 'not-found', message: `label ${id} not found` };
    await expect(labels.getLabel(stranger, id)).rejects.toMatchObject(hidden);
    await expect(labels.deleteLabel(stranger, id)).rejects.toMatchObject(hidden);
    await expect(labels.getLabel(anonymous, id)).rejects.toMatchObject({ kind: 'unauthenticated' });
    await expect(labels.getLabel(anonymous, 999_999)).rejects.toMatchObject({
      kind: 'unauthenticated',
    });
    await expect(labels.createLabel(ann, other, text('x'))).rejects.toMatchObject(denied);
    await expect(namesOf(anonymous, team)).rejects.toMatchObject({ kind: 'unauthenticated' });
  });

  it('of no project are not found by administrators, and denied to others', async () => {
    const missing = other + 1000;
    await expect(labels.createLabel(admin, missing, text('x'))).rejects.toMatchObject({
      kind: 'not-found',
    });
    await expect(labels.createLabel(ann, missing, text('x'))).rejects.toMatchObject({
      kind: 'denied',
    });
  });

  it('are listed apart from others, and by part of the name', async () => {
    await labels.createLabel(admin, undefined, text('global'));
    await labels.createLabel(admin, other, text('foreign'));
    for (const name of ['Alpha', 'beta', '100%']) await labels.createLabel(ann, team, text(name));
    expect(await namesOf(ann, team)).toEqual([3, 'Alpha', 'beta', '100%']);
    expect(await namesOf(ann, team, 'ALPH')).toEqual([1, 'Alpha']);
    expect(await namesOf(ann, team, '%')).toEqual([1, '100%']);
  });
});

describe('the name of a label', () => {
  it('is there once in a project, and once in the system', async () => {
    const conflict = { kind: 'conflict' };
    const id = await labels.createLabel(ann, team, text('same'));
    await labels.createLabel(admin, other, text('same'));
    await labels.createLabel(admin, undefined, text('same'));
    const free = await labels.createLabel(admin, undefined, text('free'));
    await expect(labels.createLabel(ann, team, text('same'))).rejects.toMatchObject(conflict);
    await expect(labels.updateLabel(admin, free, text('same'))).rejects.toMatchObject(conflict);
    await labels.updateLabel(ann, id, { ...text('same'), color: '#00f' });
    expect(await labels.getLabel(ann, id)).toMatchObject({ name: 'same', color: '#00f' });
  });

  it('has 1 to 128 bytes', async () => {
    const invalid = { kind: 'invalid' };
    await expect(labels.createLabel(ann, team, text(''))).rejects.toMatchObject(invalid);
    await expect(labels.createLabel(ann, team, text('ä'.repeat(65)))).rejects.toMatchObject(
      invalid,
    );
    const id = await labels.createLabel(ann, team, text('ä'.repeat(64)));
    await expect(labels.updateLabel(ann, id, text(''))).rejects.toMatchObject(invalid);
  });

  it('of an unknown label is not found', async () => {
    const missing = { kind: 'not-found' };
    await expect(labels.getLabel(admin, 999_999)).rejects.toMatchObject(missing);
    await expect(labels.updateLabel(admin, 999_999, text('x'))).rejects.toMatchObject(missing);
    await expect(labels.deleteLabel(admin, 999_999)).rejects.toMatchObject(missing);
  });
});

describe('putting labels on artifacts', () => {
  let artifact: number;
  let foreign: number;
  beforeAll(async () => {
    [artifact, foreign] = [
      await createArtifact(team, 'team/app'),
      await createArtifact(other, 'other/app'),
    ];
  });

  async function createArtifact(projectId: number, name: string): Promise<number> {
    const repository = await db
      .insertInto('repository')
      .values({ project_id: projectId, name })
      .returning('id')
      .executeTakeFirstOrThrow();
    const row = { repositoryId: repository.id, projectId, content: name };
    return (await insertArtifactRow(db, row)).id;
  }
  const attached = async () =>
    (await db.selectFrom('artifact_label').select(['artifact_id', 'label_id']).execute()).map(
      (row) => [row.artifact_id, row.label_id],
    );

  it('takes labels of the project and of the system, once', async () => {
    const own = await labels.createLabel(ann, team, text('own'));
    const global = await labels.createLabel(admin, undefined, text('global'));
    await labels.attach(team, artifact, own);
    await labels.attach(team, artifact, global);
    await expect(labels.attach(team, artifact, own)).rejects.toMatchObject({ kind: 'conflict' });
    expect(await attached()).toEqual([
      [artifact, own],
      [artifact, global],
    ]);
    await labels.detach(team, artifact, own);
    await expect(labels.detach(team, artifact, own)).rejects.toMatchObject({ kind: 'not-found' });
    expect(await attached()).toEqual([[artifact, global]]);
  });

  it('finds neither labels nor artifacts of other projects', async () => {
    const missing = { kind: 'not-found' };
    const theirs = await labels.createLabel(admin, other, text('theirs'));
    const own = await labels.createLabel(ann, team, text('own'));
    await expect(labels.attach(team, artifact, theirs)).rejects.toMatchObject(missing);
    await expect(labels.attach(team, foreign, own)).rejects.toMatchObject(missing);
    await expect(labels.attach(team, artifact, 999_999)).rejects.toMatchObject(missing);
    await labels.attach(other, foreign, theirs);
    await expect(labels.detach(team, foreign, theirs)).rejects.toMatchObject(missing);
    expect(await attached()).toEqual([[foreign, theirs]]);
  });

  it('ends with the label', async () => {
    const own = await labels.createLabel(ann, team, text('own'));
    await labels.attach(team, artifact, own);
    await labels.deleteLabel(ann, own);
    expect(await attached()).toEqual([]);
  });
});
