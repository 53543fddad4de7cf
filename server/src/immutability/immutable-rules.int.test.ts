import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestProject } from '../../test/content.ts';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { createDatabase, type Database, openPool } from '../db/index.ts';
import { createImmutability, type Immutability } from './immutability.ts';
import { presentRule } from './immutable-rule.presenter.ts';
import { createImmutableRuleRepository } from './immutable-rule.repository.ts';
import { ruleRequest } from './immutable-rules.schema.ts';
import {
  createImmutableRulesService,
  type ImmutableRulesService,
} from './immutable-rules.service.ts';

let database: TestDatabase;
let db: Database;
let rules: ImmutableRulesService;
let immutability: Immutability;
let team: { id: number; name: string };
let other: { id: number; name: string };

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDatabase(openPool({ connection: database.connection, poolSize: 4, log: quietLog }));
  team = { id: await createTestProject({ db }, 'team'), name: 'team' };
  other = { id: await createTestProject({ db }, 'other'), name: 'other' };
  const rows = createImmutableRuleRepository(db);
  immutability = createImmutability({ rules: rows });
  const ids = new Map([team, other].map(({ id, name }) => [name, id]));
  rules = createImmutableRulesService({
    rules: rows,
    announce: (name) => Promise.resolve(immutability.forget(ids.get(name))),
  });
});
afterAll(async () => {
  await db.destroy();
  await database.drop();
});
beforeEach(async () => {
  await db.deleteFrom('immutable_tag_rule').execute();
  immutability.forget();
});

function draft(tagPattern: string, more: { isDisabled?: boolean; priority?: number } = {}) {
  return {
    priority: 0,
    isDisabled: false,
    tags: [{ kind: 'doublestar', decoration: 'matches', pattern: tagPattern }],
    repositories: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
    ...more,
  };
}

const order = [{ column: 'immutable_tag_rule.id', type: 'integer', descending: false }] as const;
async function listRules(projectId: number) {
  const filter = { predicates: [], sorts: order };
  const found = await rules.listRules(projectId, filter, { offset: 0, limit: 10 });
  return found.rules.map(presentRule);
}

describe('the rules of a project', () => {
  it('hold at once, and no more once they are switched off or deleted', async () => {
    const id = await rules.createRule(team, draft('v*'));
    expect(await immutability.matches(team.id, 'app', 'v1')).toBe(true);
    expect(await immutability.matches(other.id, 'app', 'v1')).toBe(false);
    await rules.updateRule(team, id, draft('v*', { isDisabled: true }));
    expect(await immutability.matches(team.id, 'app', 'v1')).toBe(false);
    await rules.updateRule(team, id, draft('v*'));
    expect(await immutability.matches(team.id, 'app', 'v1')).toBe(true);
    await rules.updateRule(team, id, draft('latest'));
    expect(await immutability.matches(team.id, 'app', 'v1')).toBe(false);
    expect(await immutability.matches(team.id, 'app', 'latest')).toBe(true);
    await rules.deleteRule(team, id);
    expect(await immutability.matches(team.id, 'app', 'latest')).toBe(false);
  });

  it('look as in Harbor', async () => {
    const id = await rules.createRule(team, draft('v*'));
    const second = await rules.createRule(team, draft('w*', { isDisabled: true, priority: 7 }));
    const rule = {
      id,
      action: 'immutable',
      template: 'immutable_template',
      tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: 'v*' }],
      scope_selectors: {
        repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: '**' }],
      },
    };
    expect(await listRules(team.id)).toEqual([
      rule,
      {
        ...rule,
        id: second,
        disabled: true,
        priority: 7,
        tag_selectors: [{ kind: 'doublestar', decoration: 'matches', pattern: 'w*' }],
      },
    ]);
    // What was told can be sent back.
    for (const told of await listRules(team.id))
      expect(ruleRequest.safeParse(told).success).toBe(true);
  });

  it('change nothing but their being on when that is to change, as in Harbor', async () => {
    const id = await rules.createRule(team, draft('v*'));
    await rules.updateRule(team, id, { ...draft('[', { isDisabled: true }), repositories: [] });
    expect(await listRules(team.id)).toMatchObject([
      { disabled: true, tag_selectors: [{ pattern: 'v*' }] },
    ]);
    await expect(
      rules.updateRule(team, id, draft('[', { isDisabled: true })),
    ).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('are there once, whatever their priority', async () => {
    const conflict = { kind: 'conflict' };
    const id = await rules.createRule(team, draft('v*'));
    await rules.createRule(other, draft('v*'));
    await expect(rules.createRule(team, draft('v*', { priority: 1 }))).rejects.toMatchObject(
      conflict,
    );
    const second = await rules.createRule(team, draft('w*'));
    await expect(rules.updateRule(team, second, draft('v*'))).rejects.toMatchObject(conflict);
    await rules.updateRule(team, id, draft('v*', { priority: 3 }));
    expect(await listRules(team.id)).toMatchObject([{ id, priority: 3 }, { id: second }]);
  });

  it('are not found in another project', async () => {
    const missing = { kind: 'not-found' };
    const id = await rules.createRule(team, draft('v*'));
    await expect(rules.updateRule(other, id, draft('x'))).rejects.toMatchObject(missing);
    await expect(rules.deleteRule(other, id)).rejects.toMatchObject(missing);
    await expect(rules.deleteRule(team, id + 1000)).rejects.toMatchObject(missing);
    expect(await listRules(other.id)).toEqual([]);
    expect(await listRules(team.id)).toMatchObject([{ id }]);
  });

  it('are refused when they are malformed or for no project', async () => {
    await expect(rules.createRule(team, draft('['))).rejects.toMatchObject({ kind: 'invalid' });
    await expect(
      rules.createRule({ id: other.id + 1000, name: 'gone' }, draft('v*')),
    ).rejects.toMatchObject({ kind: 'not-found' });
    expect(await listRules(team.id)).toEqual([]);
  });

  it('are 100 at most, also when many are made at the same time', async () => {
    for (let index = 0; index < 98; index += 1) await rules.createRule(team, draft(`v${index}`));
    const outcomes = await Promise.allSettled(
      ['a', 'b', 'c', 'd'].map((pattern) => rules.createRule(team, draft(pattern))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    await expect(rules.createRule(team, draft('more'))).rejects.toMatchObject({ kind: 'invalid' });
  });

  it('go with the project', async () => {
    const id = await createTestProject({ db }, 'passing');
    await rules.createRule({ id, name: 'passing' }, draft('v*'));
    await db.deleteFrom('project').where('id', '=', id).execute();
    expect(await listRules(id)).toEqual([]);
  });
});
