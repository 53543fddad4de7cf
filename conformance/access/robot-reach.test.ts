import { afterAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../registry.ts';
import { expectStatus, itemsOf } from './api.ts';
import { CHART, uploadChart } from './charts.ts';
import { Content } from './content.ts';
import { createFixture, pushImage } from './fixture.ts';
import { createMatrix } from './matrix.ts';
import { listRoutes, NO_ID, nothing, send, type Target } from './rest-requests.ts';
import { contentRows, retentionRows } from './rest-table.ts';
import { Work } from './work.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const fixture = await createFixture(registry);
const { api, admin, own } = fixture;
const routes = await listRoutes(fixture);
const { routeOf } = createMatrix(fixture, routes);
const work = new Work(fixture);
const content = new Content({ registry, api, admin }, own);

/** With every right there is, but on repositories whose names begin so. */
const { project: access, system } = await fixture.getCatalogue();
const narrow = { kind: 'project', access, repositories: ['narrow', 'narrow/**'] } as const;
const robots = {
  'of the project': await fixture.createRobot('project', [{ ...narrow, namespace: own.name }]),
  'of the system': await fixture.createRobot('system', [{ ...narrow, namespace: own.name }]),
  'of all projects': await fixture.createRobot('system', [{ ...narrow, namespace: '*' }]),
};
// Other rights of the system tell nothing of repositories.
const quotas = system.filter((entry) => /"(?:project|label|quota)"/.test(JSON.stringify(entry)));
const lister = await fixture.createRobot('system', [
  { kind: 'system', namespace: '/', access: quotas },
  { ...narrow, namespace: own.name },
]);

await content.supply('restoreArtifact');
await content.getWork();
await pushImage(registry, `${own.name}/narrow`);
await pushImage(registry, `${own.name}/narrow/deep`);
await content.supply('listChartLabels');

const target: Target = { project: own.name, projectId: own.id, objects: nothing, level: 'project' };
const ofRepository = contentRows.filter(([id]) => routeOf(id).path.includes('{repository_name}'));
const ofProject = contentRows.filter(([id]) => !routeOf(id).path.includes('{repository_name}'));
const cases = Object.entries(robots);

describe.each(cases)('a robot %s that reaches some repositories', (_which, { authorization }) => {
  const caller = { letter: 'r', authorization, userId: undefined } as const;

  it.each(ofRepository)('is refused %s in the others, there or not', async (id) => {
    const objects = await content.supply(id);
    const texts: string[] = [];
    for (const repository of ['app', 'nosuch', 'narrower']) {
      const there = { ...target, objects: { ...objects, repository_name: repository } };
      const { status, text } = await send(fixture, routeOf(id), caller, there);
      expect([repository, status]).toEqual([repository, 403]);
      texts.push(text);
    }
    expect(new Set(texts).size).toBe(1);
  });

  it.each(ofProject)('is refused %s, which is about all of them', async (id) => {
    const objects = await content.supply(id);
    const { status } = await send(fixture, routeOf(id), caller, { ...target, objects });
    expect(status).toBe(403);
  });

  it.each(retentionRows)('is refused %s, which is about all of them, there or not', async (id) => {
    const objects = { ...nothing, ...(await work.supplyRetention(id, own.id)) };
    const there = await send(fixture, routeOf(id), caller, { ...target, objects });
    const absent = await send(fixture, routeOf(id), caller, { ...target, projectId: NO_ID });
    expect([there.status, absent.status]).toEqual([403, 403]);
    expect(there.text).toBe(absent.text);
  });

  it('reads its own ones', async () => {
    for (const path of ['narrow', 'narrow%252Fdeep']) {
      const at = `/projects/${own.name}/repositories/${path}`;
      await expectStatus(200, api('GET', at, { authorization }));
      const artifacts = api('GET', `${at}/artifacts`, { authorization });
      expect(itemsOf(await expectStatus(200, artifacts))).not.toEqual([]);
      const around = `/projects/${own.name}/repositories/${path}%252F..%252Fapp`;
      expect((await api('GET', `${around}/artifacts`, { authorization })).text).not.toContain(
        content.image,
      );
    }
  });

  it.each([
    ['GET', '/chartrepo/{project}/index.yaml', 403],
    ['GET', '/api/chartrepo/{project}/charts', 403],
    ['GET', `/chartrepo/{project}/charts/${CHART.name}-1.0.0.tgz`, 404],
    ['GET', '/chartrepo/{project}/charts/nosuch-1.0.0.tgz', 404],
    ['GET', `/api/chartrepo/{project}/charts/${CHART.name}`, 403],
    ['GET', '/api/chartrepo/{project}/charts/nosuch', 403],
    ['GET', `/api/chartrepo/{project}/charts/${CHART.name}/1.0.0`, 403],
    ['DELETE', `/api/chartrepo/{project}/charts/${CHART.name}/1.0.0`, 403],
    ['DELETE', `/api/chartrepo/{project}/charts/${CHART.name}`, 403],
    ['DELETE', '/api/chartrepo/{project}/charts/nosuch', 403],
  ])('is answered %s %s with %i', async (method, path, expected) => {
    const { status, text } = await api(method, path.replace('{project}', own.name), {
      authorization,
    });
    expect([status, text]).toEqual([expected, expect.anything()]);
  });

  it('uploads and deletes charts of its own repositories only', async () => {
    const { url } = registry;
    for (const to of ['charts', 'prov'] as const) {
      expect((await uploadChart(url, own.name, { authorization, to })).status).toBe(403);
    }
    const mine = { authorization, name: 'narrow' };
    await expectStatus(201, uploadChart(url, own.name, mine));
    await expectStatus(201, uploadChart(url, own.name, { ...mine, to: 'prov' }));
    const at = `/api/chartrepo/${own.name}/charts/narrow/1.0.0`;
    await expectStatus(200, api('GET', at, { authorization }));
    await expectStatus(200, api('DELETE', at, { authorization }));
  });

  it('copies nothing from the others', async () => {
    const to = `/projects/${own.name}/repositories/narrow/artifacts`;
    for (const from of ['app', 'nosuch']) {
      const copy = `${to}?from=${own.name}/${from}@${content.image}`;
      expect((await api('POST', copy, { authorization })).status).toBe(403);
    }
    const within = `${to}?from=${own.name}/narrow/deep:latest`;
    await expectStatus(201, api('POST', within, { authorization }));
  });
});

describe('whatever a robot that reaches some repositories asks for', () => {
  const hidden = [`${own.name}/app`, content.image, content.signature];
  const reading = routes.filter(({ method }) => method === 'GET').map((route) => [route] as const);

  it.each([...cases, ['with rights in the system', lister] as const])(
    'tells a robot %s nothing of the others',
    async (_which, { authorization }) => {
      const caller = { letter: 'r', authorization, userId: undefined } as const;
      const told: string[] = [];
      for (const [route] of reading) {
        const objects = await content.supply(route.operationId);
        const { text } = await send(fixture, route, caller, { ...target, objects });
        if (hidden.some((word) => text.includes(word))) told.push(route.operationId);
      }
      for (const word of ['app', content.image, 'v1', 'multi', own.name]) {
        const { text } = await api('GET', `/search?q=${word}`, { authorization });
        if (hidden.some((secret) => text.includes(secret))) told.push(`search ${word}`);
      }
      expect(told).toEqual([]);
    },
  );
});
