import { afterAll, describe, expect, it } from 'vitest';
import { type Answer, openRegistry, readAnswer } from '../registry.ts';
import { expectStatus } from './api.ts';
import type { Caller } from './caller.ts';
import { CHART, uploadChart } from './charts.ts';
import { createFixture } from './fixture.ts';
import { everybody } from './rest-table.ts';
import { shapeOf, type Walk, walk } from './walk.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const fixture = await createFixture(registry);
const { callers, admin, own, foreign, missing } = fixture;
const open = `${own.name}-open`;
await fixture.createProject(open, true);

const readers = 'lgdmpsrR';
const pushers = 'dmpsrR';
const maintainers = 'mpsrR';
const { name, version } = CHART;

/**
 * Harbor 2.7's routes of charts, which are not in the document: who may call each in a project,
 * and who may in a public one beside the administrator; written from Harbor's role matrix.
 */
const rows = [
  ['GET', '/chartrepo/{project}/index.yaml', readers, everybody],
  ['HEAD', '/chartrepo/{project}/index.yaml', readers, everybody],
  ['GET', `/chartrepo/{project}/charts/${name}-${version}.tgz`, readers, everybody],
  ['HEAD', `/chartrepo/{project}/charts/${name}-${version}.tgz`, readers, everybody],
  ['GET', `/chartrepo/{project}/charts/${name}-${version}.tgz.prov`, readers, everybody],
  ['GET', '/api/chartrepo/{project}/charts', readers, everybody],
  ['GET', `/api/chartrepo/{project}/charts/${name}`, readers, everybody],
  ['GET', `/api/chartrepo/{project}/charts/${name}/${version}`, readers, everybody],
  ['POST', '/api/chartrepo/{project}/charts', pushers, 's'],
  ['POST', '/api/chartrepo/{project}/prov', pushers, 's'],
  ['DELETE', `/api/chartrepo/{project}/charts/${name}/${version}`, maintainers, 's'],
  ['DELETE', `/api/chartrepo/{project}/charts/${name}`, maintainers, 's'],
] as const;

/** Of the whole system; uploads without a project go to `library`. */
const systemRows = [
  ['GET', '/chartrepo/index.yaml', 's'],
  ['GET', '/api/chartrepo/health', 's'],
  ['POST', '/api/chartrepo/charts', 's'],
] as const;

async function send(
  method: string,
  path: string,
  project: string,
  { authorization }: Pick<Caller, 'authorization'>,
): Promise<Answer> {
  if (method === 'POST') {
    const to = path.endsWith('/prov') ? 'prov' : 'charts';
    const isNamed = path.includes('{project}');
    return uploadChart(registry.url, project, { authorization, to, isNamed });
  }
  return readAnswer(
    await fetch(new URL(path.replace('{project}', project), registry.url), {
      method,
      headers: authorization === undefined ? {} : { authorization },
    }),
  );
}

const ensured = new Set<string>();

async function ensureChart(project: string): Promise<void> {
  if (ensured.has(project)) return;
  const as = { authorization: admin };
  await expectStatus(201, uploadChart(registry.url, project, as));
  await expectStatus(201, uploadChart(registry.url, project, { ...as, to: 'prov' }));
  ensured.add(project);
}

function walkRow(method: string, path: string, project: string, isThere: boolean): Promise<Walk> {
  const ask = async (caller: Caller) => {
    if (isThere) await ensureChart(project);
    if (method === 'DELETE') ensured.delete(project);
    return send(method, path, project, caller);
  };
  return walk(callers, ask, isThere ? { isThere } : { success: 404 });
}

/** A refused upload ends its connection if it was not read to the end by then, as luck has it. */
function withoutConnection(answer: Answer | undefined): Answer | undefined {
  if (answer === undefined) return undefined;
  const headers = new Headers(answer.headers);
  for (const name of ['connection', 'keep-alive']) headers.delete(name);
  return { ...answer, headers };
}

function expectSuccess({ answers, allowed, faults }: Walk, letters: string): void {
  expect([faults, allowed]).toEqual([[], letters]);
  const failed = [...answers].filter(
    ([letter, { status }]) => allowed.includes(letter) && status >= 300,
  );
  expect(failed.map(([letter, { status, text }]) => `${letter}: ${status} ${text}`)).toEqual([]);
}

describe('a right on charts', () => {
  it.each(rows)('%s %s is for %s', async (method, path, allowed, visitors) => {
    expectSuccess(await walkRow(method, path, own.name, true), allowed);
    expectSuccess(await walkRow(method, path, open, true), visitors);
    const there = await walkRow(method, path, foreign.name, true);
    expectSuccess(there, 's');
    const absent = await walkRow(method, path, missing, false);
    expect([absent.faults, absent.allowed]).toEqual([[], 's']);
    for (const { letter } of callers) {
      if (letter === 's') continue;
      const names = [foreign.name, missing];
      const shapes = [there, absent].map(({ answers }) =>
        shapeOf(withoutConnection(answers.get(letter)), names),
      );
      expect([letter, shapes[0]]).toEqual([letter, shapes[1]]);
    }
  });

  it.each(systemRows)('%s %s is for %s', async (method, path, allowed) => {
    const seen = await walk(callers, (caller) => send(method, path, 'library', caller));
    expect(seen.faults).toEqual([]);
    expectSuccess(seen, allowed);
  });

  it('is asked for by a challenge that helm and its plugins understand', async () => {
    for (const [method, path] of [...rows, ...systemRows]) {
      const { status, headers } = await send(method, path, own.name, { authorization: undefined });
      expect([path, status, headers.get('www-authenticate')]).toEqual([
        path,
        401,
        'Basic realm="harbor"',
      ]);
    }
  });
});
