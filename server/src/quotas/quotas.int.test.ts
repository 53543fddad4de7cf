import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { parseSort } from '../api/index.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { presentQuota } from './quota.presenter.ts';
import { createQuotaRepository } from './quota.repository.ts';
import { quotaFields, quotaListQuery, quotaModel } from './quotas.schema.ts';
import { createQuotasService, type QuotasService } from './quotas.service.ts';

let database: TestDatabase;
let db: Database;
let quotas: QuotasService;
const announced: string[] = [];
const ids = new Map<string, number>();
const all = { offset: 0, limit: 100 };

async function createProject(name: string, hard: number, used: number, day: number) {
  const { id } = await db
    .insertInto('project')
    .values({ name, owner_id: 1 })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db
    .insertInto('quota')
    .values({
      project_id: id,
      hard_storage: hard,
      used_storage: used,
      created_at: new Date(Date.UTC(2026, 0, day)),
    })
    .execute();
  ids.set(name, id);
}

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 2, log: quietLog }));
  await db.insertInto('app_user').values({ username: 'ann', password_hash: 'x' }).execute();
  await createProject('a', 500, 20, 1);
  await createProject('b', -1, 30, 3);
  await createProject('c', 1000, 10, 2);
  quotas = createQuotasService(createQuotaRepository(db), async (name) => {
    announced.push(name);
  });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});

async function namesBy(sort: string | undefined, filter = {}, page = all): Promise<string> {
  const query = quotaListQuery.parse(sort === undefined ? {} : { sort });
  const sorts = parseSort(quotaFields, query.sort, '-creation_time,-id');
  const found = await quotas.listQuotas(filter, sorts, page);
  return found.quotas.map(({ projectName }) => projectName).join('');
}

describe('the list of quotas', () => {
  it.each([
    [undefined, 'bca'],
    ['creation_time', 'acb'],
    ['hard.storage', 'acb'],
    ['-hard.storage', 'bca'],
    ['used.storage', 'cab'],
    ['surprise', 'bca'],
  ])('sorted by %s is %s; no limit is the highest one', async (sort, names) => {
    expect(await namesBy(sort)).toBe(names);
  });

  it('can be narrowed to one project, and pages', async () => {
    const reference = { reference: 'project', referenceId: String(ids.get('c')) };
    expect(await namesBy(undefined, reference)).toBe('c');
    expect(await namesBy(undefined, { referenceId: '999999' })).toBe('');
    expect(await namesBy(undefined, { referenceId: 'x' })).toBe('');
    expect(await namesBy(undefined, { reference: 'planet' })).toBe('');
    expect(await namesBy(undefined, {}, { offset: 1, limit: 1 })).toBe('c');
    expect(await quotas.listQuotas({}, [], { offset: 9, limit: 1 })).toEqual({
      quotas: [],
      total: 3,
    });
  });
});

describe('what was pushed a moment ago', () => {
  it('counts in the list and in its order', async () => {
    const row = { project_id: ids.get('c') ?? 0, bytes: 15 };
    await db.insertInto('quota_delta').values(row).execute();
    expect(await namesBy('used.storage')).toBe('acb');
    const { quotas: found } = await quotas.listQuotas({}, [], all);
    expect(found.find(({ projectName }) => projectName === 'c')?.usedStorage).toBe(25);
    await db.deleteFrom('quota_delta').execute();
  });
});

describe('one quota', () => {
  async function findId(name: string): Promise<number> {
    const referenceId = String(ids.get(name));
    const { quotas: found } = await quotas.listQuotas({ referenceId }, [], all);
    return found[0]?.id ?? 0;
  }

  it('is presented as Harbor does', async () => {
    const presented = presentQuota(await quotas.getQuota(await findId('b')));
    expect(presented).toMatchObject({
      ref: { id: ids.get('b'), name: 'b', owner_name: 'ann' },
      hard: { storage: -1 },
      used: { storage: 30 },
      creation_time: '2026-01-03T00:00:00.000Z',
    });
    expect(quotaModel.safeParse(presented).success).toBe(true);
  });

  it.each([-1, 1, 2 ** 50])('takes the limit %i', async (bytes) => {
    const id = await findId('a');
    announced.length = 0;
    await quotas.updateHardStorage(id, bytes);
    expect(announced).toEqual(['a']);
    expect(await quotas.getQuota(id)).toMatchObject({ hardStorage: bytes, usedStorage: 20 });
  });

  it.each([0, -2, 2 ** 50 + 1, undefined])('refuses the limit %s', async (bytes) => {
    const updating = quotas.updateHardStorage(await findId('a'), bytes);
    await expect(updating).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('that is not there is not found', async () => {
    await expect(quotas.getQuota(999_999)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(quotas.updateHardStorage(999_999, -1)).rejects.toMatchObject({
      kind: 'not-found',
    });
  });
});
