import { afterAll, describe, expect, it } from 'vitest';
import { randomHex } from '../data.ts';
import { basic, openRegistry } from '../registry.ts';
import { createApi, expectStatus, itemsOf, memberOf } from './api.ts';
import { Content } from './content.ts';
import { ruleOrder } from './content-requests.ts';
import { pushImage } from './fixture.ts';
import { createStage } from './people.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const admin = basic(registry.username, registry.password);
const asAdmin = { authorization: admin };
const api = createApi(registry.url);
const stage = createStage(api, admin);
const ports = { registry, api, admin };
const IMAGE = '/repositories/app/artifacts';

async function deleteProject(name: string): Promise<void> {
  const repositories = itemsOf(await api('GET', `/projects/${name}/repositories`, asAdmin));
  for (const repository of repositories) {
    const path = String(memberOf(repository, 'name')).slice(name.length + 1);
    await expectStatus(200, api('DELETE', `/projects/${name}/repositories/${path}`, asAdmin));
  }
  await expectStatus(200, api('DELETE', `/projects/${name}`, asAdmin));
}

async function usedBy(projectId: number): Promise<unknown> {
  const quotas = itemsOf(await api('GET', `/quotas?reference_id=${projectId}`, asAdmin));
  return memberOf(memberOf(quotas[0], 'used'), 'storage');
}

describe('a project that was made again under its name', async () => {
  const name = `again-${randomHex(5)}`;
  const project = `/projects/${name}`;
  const before = await stage.createProject(name);
  const old = new Content(ports, { name, id: before });
  await old.ensureImage();
  const label = await old.getLabel();
  await old.attachLabel();
  const rule = await old.getRule();
  const kept = { ...ruleOrder().tag_selectors[0], pattern: 'keep-*' };
  const keeping = { ...ruleOrder(), tag_selectors: [kept] };
  await expectStatus(
    201,
    api('POST', `${project}/immutabletagrules`, { ...asAdmin, body: keeping }),
  );
  const { policy, execution, task } = await old.getWork();
  await old.ensureDeleted();
  await expectStatus(200, api('DELETE', `${project}${IMAGE}/${old.image}/tags/v1`, asAdmin));
  await old.ensureImage();
  await old.ensureDeleted();
  const description = { ...asAdmin, body: { description: 'of the old one' } };
  await expectStatus(200, api('PUT', `${project}/repositories/app`, description));

  await deleteProject(name);
  const now = await stage.createProject(name);
  const used = await usedBy(now);
  const lists = new Map<string, unknown[]>();
  for (const path of ['deleted-artifacts', 'immutabletagrules', 'webhook/policies', 'artifacts']) {
    const shown = api('GET', `${project}/${path}`, asAdmin);
    lists.set(path, itemsOf(await expectStatus(200, shown)));
  }
  await old.ensureImage();

  it('is another one, with nothing in it', () => {
    expect(now).not.toBe(before);
    expect(used).toBe(0);
    expect([...lists].filter(([, items]) => items.length > 0)).toEqual([]);
  });

  it('has no label of the old one, nor has an image that is the same', async () => {
    const of = (id: number) => api('GET', `/labels?scope=p&project_id=${id}`, asAdmin);
    expect(itemsOf(await expectStatus(200, of(now)))).toEqual([]);
    expect((await of(before)).status).toBe(404);
    expect((await api('GET', `/labels/${label}`, asAdmin)).status).toBe(404);
    const image = api('GET', `${project}${IMAGE}/${old.image}?with_label=true`, asAdmin);
    expect(memberOf((await expectStatus(200, image)).json, 'labels') ?? []).toEqual([]);
    const body = { id: label };
    const put = api('POST', `${project}${IMAGE}/${old.image}/labels`, { ...asAdmin, body });
    expect((await put).status).toBe(404);
  });

  it('has no description of the old one', async () => {
    const { json } = await expectStatus(200, api('GET', `${project}/repositories/app`, asAdmin));
    expect(memberOf(json, 'description') ?? '').toBe('');
    expect(memberOf(json, 'project_id')).toBe(now);
  });

  it.each([
    ['GET', `/webhook/policies/${policy}`],
    ['GET', `/webhook/policies/${policy}/executions`],
    ['GET', `/webhook/policies/${policy}/executions/${execution}/tasks`],
    ['GET', `/webhook/policies/${policy}/executions/${execution}/tasks/${task}/log`],
    ['POST', `/webhook/policies/${policy}/executions/${execution}/replay`],
    ['GET', `/webhook/jobs?policy_id=${policy}`],
    ['POST', `/repositories/app/deleted-artifacts/${old.deleted}/restore`],
    ['DELETE', `/immutabletagrules/${rule}`],
    ['DELETE', `/webhook/policies/${policy}`],
  ])('does not find by %s %s', async (method, path) => {
    const { status } = await api(method, project + path, asAdmin);
    expect(status).toBe(404);
  });

  it('keeps no tag from being moved', async () => {
    const statuses: number[] = [];
    for (const digest of [old.image, old.signature]) {
      const path = `/v2/${name}/app/manifests/${digest}`;
      const { text, headers } = await expectStatus(200, api('GET', path, asAdmin));
      const { status } = await api('PUT', `/v2/${name}/app/manifests/keep-1`, {
        ...asAdmin,
        body: text,
        headers: { 'content-type': headers.get('content-type') ?? '' },
      });
      statuses.push(status);
    }
    expect(statuses).toEqual([201, 201]);
  });

  it('knows no move of a tag before its own time', async () => {
    const history = `${project}/repositories/app/tags/v1/history`;
    const [move, ...older] = itemsOf(await expectStatus(200, api('GET', history, asAdmin)));
    expect(older).toEqual([]);
    expect(memberOf(move, 'from_digest')).toBeUndefined();
  });

  it('accounts for its own content only', async () => {
    const fresh = `fresh-${randomHex(5)}`;
    const id = await stage.createProject(fresh);
    const one = await pushImage(registry, `${fresh}/app`);
    const size = await usedBy(id);
    await deleteProject(fresh);
    const again = await stage.createProject(fresh);
    expect(await usedBy(again)).toBe(0);
    const stolen = await api('HEAD', `/v2/${fresh}/app/blobs/${one.blob}`, asAdmin);
    expect(stolen.status).toBe(404);
    const two = await pushImage(registry, `${fresh}/app`);
    expect(two.manifest).not.toBe(one.manifest);
    expect(Math.abs(Number(await usedBy(again)) - Number(size))).toBeLessThan(64);
  });
});

describe('a repository that was made again under its name', async () => {
  const name = `home-${randomHex(5)}`;
  const project = `/projects/${name}`;
  const id = await stage.createProject(name);
  const content = new Content(ports, { name, id });
  await content.ensureImage();
  await content.attachLabel();
  const description = { ...asAdmin, body: { description: 'of the old one' } };
  await expectStatus(200, api('PUT', `${project}/repositories/app`, description));
  const read = async () =>
    (await expectStatus(200, api('GET', `${project}/repositories/app`, asAdmin))).json;
  const before = await read();
  await expectStatus(200, api('DELETE', `${project}/repositories/app`, asAdmin));
  await content.ensureImage();

  it('is another one, without description', async () => {
    const now = await read();
    expect(memberOf(now, 'id')).not.toBe(memberOf(before, 'id'));
    expect([memberOf(now, 'description') ?? '', memberOf(now, 'pull_count')]).toEqual(['', 0]);
  });

  it('has no label on the image that is the same', async () => {
    const path = `${project}${IMAGE}/${content.image}?with_label=true`;
    const { json } = await expectStatus(200, api('GET', path, asAdmin));
    expect(memberOf(json, 'labels') ?? []).toEqual([]);
  });
});
