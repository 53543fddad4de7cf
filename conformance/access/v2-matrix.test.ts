import { digestOf } from '@berth/oci';
import { afterAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../registry.ts';
import type { Caller, Letter } from './caller.ts';
import { createFixture, type RepositoryFacts } from './fixture.ts';
import { findToken, fullScope } from './tokens.ts';
import { endpoints, registryRows, repositoryRows, type V2Row, v2Endpoints } from './v2-table.ts';
import { shapeOf, type Walk, walk } from './walk.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const fixture = await createFixture(registry);
const { api, admin, callers, own, foreign } = fixture;
const missing = { ...foreign.repository, name: `${fixture.missing}/app` };
const NO_DIGEST = digestOf(new Uint8Array());

/** By caller and repository. */
const tokens = new Map<string, string | undefined>();
for (const { letter, authorization } of callers) {
  for (const { name } of [own.repository, foreign.repository, missing]) {
    tokens.set(`${letter} ${name}`, await findToken(api, authorization, fullScope(name)));
  }
}

type Way = (caller: Caller, repository: string) => string | undefined;
const ways: readonly (readonly [string, Way])[] = [
  ['with Basic', ({ authorization }) => authorization],
  ['with a token', ({ letter }, repository) => tokens.get(`${letter} ${repository}`)],
];

/** Nothing that is there is deleted. */
function factsFor({ method }: V2Row, facts: RepositoryFacts): RepositoryFacts {
  if (method !== 'DELETE') return facts;
  return { ...facts, tag: 'no-such-tag', manifest: NO_DIGEST, blob: NO_DIGEST };
}

function walkRow(row: V2Row, facts: RepositoryFacts, way: Way, success?: number): Promise<Walk> {
  const path = endpoints[row.endpoint](factsFor(row, facts));
  const isThere = row.method !== 'DELETE' && row.endpoint !== 'upload' && success === undefined;
  const isWriting = row.method === 'PUT' || row.method === 'PATCH';
  return walk(
    callers,
    (caller) =>
      api(row.method, path, {
        authorization: way(caller, facts.name),
        ...(isWriting && { body: {} }),
      }),
    { isThere, ...(success !== undefined && { success }) },
  );
}

describe('the table of the registry protocol', () => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
  const listed = [...registryRows, ...repositoryRows].map(
    ({ method, endpoint }) => `${method} ${endpoint}`,
  );
  const cells = v2Endpoints.flatMap((endpoint) =>
    methods.map((method) => [method, endpoint] as const),
  );

  it.each(cells.filter(([method, endpoint]) => !listed.includes(`${method} ${endpoint}`)))(
    'lacks %s %s, which is refused',
    async (method, endpoint) => {
      const path = endpoints[endpoint](own.repository);
      expect((await api(method, path, { authorization: admin })).status).toBe(405);
    },
  );
});

describe.each(ways)('%s', (_name, way) => {
  it.each(repositoryRows.map((row) => [row.method, row.endpoint, row.allowed, row] as const))(
    '%s %s is for %s',
    async (_method, _endpoint, allowed, row) => {
      const mine = await walkRow(row, own.repository, way);
      expect([mine.faults, mine.allowed]).toEqual([[], allowed]);
      const there = await walkRow(row, foreign.repository, way);
      expect([there.faults, there.allowed]).toEqual([[], 's']);
      const absent = await walkRow(row, missing, way, 404);
      expect([absent.faults, absent.allowed]).toEqual([[], 's']);
      const names = [foreign.name, fixture.missing];
      for (const letter of callers.map((caller): Letter => caller.letter)) {
        if (letter === 's') continue;
        const shapes = [there, absent].map(({ answers }) => shapeOf(answers.get(letter), names));
        expect([letter, shapes[0]]).toEqual([letter, shapes[1]]);
      }
    },
  );
});

describe('of the registry as a whole', () => {
  it.each(registryRows.map((row) => [row.method, row.endpoint, row.allowed, row] as const))(
    '%s %s is for %s',
    async (_method, _endpoint, allowed, row) => {
      const seen = await walkRow(row, own.repository, ({ authorization }) => authorization);
      expect([seen.faults, seen.allowed]).toEqual([[], allowed]);
    },
  );

  it('the catalog shows to each what it may see', async () => {
    const seen = new Map<Letter, string>();
    for (const { letter, authorization } of callers.filter((each) => !'ax'.includes(each.letter))) {
      const { text } = await api('GET', '/v2/_catalog', { authorization });
      const shown = [own, foreign].filter(({ repository }) => text.includes(repository.name));
      seen.set(letter, shown.map(({ name }) => (name === own.name ? 'own' : 'foreign')).join());
    }
    const home = 'lgdmprR'.split('').map((letter) => [letter, 'own']);
    expect(Object.fromEntries(seen)).toEqual({
      ...Object.fromEntries(home),
      o: '',
      s: 'own,foreign',
    });
  });
});
