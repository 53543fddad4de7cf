import { describe, expect, it } from 'vitest';
import { addImage } from '../data.ts';
import { addCosignTagSignature, pushBuilt, pushTagged, repositoryPaths } from './content.ts';
import { contentModels } from './content-models.ts';
import {
  expectCreated,
  expectDone,
  expectItems,
  expectPage,
  expectRefusal,
  fieldOf,
} from './model.ts';
import { uniqueName, type World } from './world.ts';

const NEVER = '0001-01-01T00:00:00.000Z';

/** Copies, tags and labels of artifacts (harbor.md §1.7). */
export function describeTags(world: World): void {
  const { admin, registry } = world;

  describe('copies', async () => {
    const from = repositoryPaths((await world.createProject()).name, 'a/b');
    const to = repositoryPaths((await world.createProject()).name, 'c/d');
    const { digest } = await pushTagged(registry, from.name, 'one', 'two');
    const copy = (from: string) => admin('POST', to.artifacts, { query: { from } });

    it('take all tags along, by tag and by digest', async () => {
      const copied = await copy(`${from.name}@${digest}`);
      expect(copied.status).toBe(201);
      expect(copied.headers.get('location')).toBe(`/api/v2.0${to.artifact(digest)}`);
      expect((await copy(`${from.name}:one`)).status).toBe(201);
      const { json } = await admin('GET', to.artifact('two'));
      expect(json).toMatchObject({ digest, repository_name: to.name });
      expect(expectItems(fieldOf(json, 'tags'), contentModels.tag)).toHaveLength(2);
    });

    it.each(['', 'nothing', '/:', 'a/b', ':tag', '@sha256:1', 'a/b:c:d@e'])(
      'are not made of %j',
      async (source) => {
        const { status } = await copy(source);
        expect([400, 422]).toContain(status);
      },
    );

    it('need their source to be there, and to be no accessory', async () => {
      expectRefusal(await copy(`${from.name}:three`), 404, 'NOT_FOUND');
      const signature = await pushBuilt(registry, from.name, (set) => {
        const subject = addImage(set, { tags: ['signed'] });
        return addCosignTagSignature(set, subject);
      });
      expectRefusal(await copy(`${from.name}@${signature.digest}`), 403, 'DENIED');
      expect((await admin('POST', to.artifacts)).status).toBe(422);
    });
  });

  describe('tags', async () => {
    const project = await world.createProject();
    const app = repositoryPaths(project.name, 'tags/app');
    const { digest } = await pushTagged(registry, app.name, 'latest');
    const other = await pushTagged(registry, app.name, 'other');
    const tags = `${app.artifact(digest)}/tags`;

    it('are given once, listed, and taken away', async () => {
      const made = await admin('POST', tags, { body: { name: 'v1' } });
      expect([made.status, made.text]).toEqual([201, '']);
      expectRefusal(await admin('POST', tags, { body: { name: 'v1' } }), 409, 'CONFLICT');
      expectRefusal(await admin('POST', tags, { body: { name: 'other' } }), 409, 'CONFLICT');
      expect((await admin('GET', app.artifact('other'))).json).toMatchObject({
        digest: other.digest,
      });
      const listed = await admin('GET', tags, { query: { q: 'name=~V', page_size: 1 } });
      expect(expectPage(listed, contentModels.tag)).toMatchObject([
        { name: 'v1', pull_time: NEVER, immutable: false },
      ]);
      expect(expectPage(await admin('GET', tags), contentModels.tag)).toHaveLength(2);
      expectDone(await admin('DELETE', `${tags}/v1`));
      expectRefusal(await admin('DELETE', `${tags}/v1`), 404, 'NOT_FOUND');
      expectRefusal(await admin('DELETE', `${tags}/other`), 404, 'NOT_FOUND');
      const over = await admin('GET', tags, { query: { page_size: 101 } });
      expectRefusal(over, 422, 'UNPROCESSABLE_ENTITY');
    });

    it.each(['', '-a', '.a', 'a b', 'a/b', 'ü', 'a'.repeat(129)])(
      'are not called %j',
      async (name) => {
        expect.hasAssertions();
        expectRefusal(await admin('POST', tags, { body: { name } }), 400, 'BAD_REQUEST');
      },
    );

    it('that are immutable stay, and their artifact with them', async () => {
      const selector = { kind: 'doublestar', decoration: 'matches', pattern: 'lat*' };
      const body = {
        tag_selectors: [selector],
        scope_selectors: {
          repository: [{ kind: 'doublestar', decoration: 'repoMatches', pattern: 'tags/**' }],
        },
      };
      const rules = `/projects/${project.name}/immutabletagrules`;
      expectCreated(await admin('POST', rules, { body }));
      const query = { with_immutable_status: true };
      const listed = await admin('GET', tags, { query });
      expect(listed.json).toMatchObject([{ name: 'latest', immutable: true }]);
      expectRefusal(await admin('DELETE', `${tags}/latest`), 412, 'PRECONDITION');
      expectRefusal(await admin('DELETE', app.artifact(digest)), 412, 'PRECONDITION');
      const { json } = await admin('GET', app.artifact(digest), { query });
      expect(fieldOf(json, 'tags', '0', 'immutable')).toBe(true);
      expectDone(await admin('DELETE', app.artifact('other')));
      expectRefusal(await admin('GET', app.artifact(other.digest)), 404, 'NOT_FOUND');
    });
  });

  describe('labels on artifacts', async () => {
    const project = await world.createProject();
    const elsewhere = await world.createProject();
    const app = repositoryPaths(project.name, 'app');
    await pushTagged(registry, app.name, 'latest');
    const labels = `${app.artifact('latest')}/labels`;
    const create = async (scope: string, project_id?: number) =>
      expectCreated(
        await admin('POST', '/labels', {
          body: { name: uniqueName('label-'), scope, ...(project_id && { project_id }) },
        }),
      );

    it('are attached once, filter lists together, and are taken off', async () => {
      const ids = [await create('g'), await create('p', project.id)] as const;
      for (const id of ids) expectDone(await admin('POST', labels, { body: { id } }));
      expectRefusal(await admin('POST', labels, { body: { id: ids[0] } }), 409, 'CONFLICT');
      const query = { with_label: true, q: `labels=(${ids.join(' ')})` };
      const [found] = expectPage(
        await admin('GET', app.artifacts, { query }),
        contentModels.artifact,
      );
      expect(expectItems(found?.['labels'], contentModels.label)).toHaveLength(2);
      expectDone(await admin('DELETE', `${labels}/${ids[0]}`));
      expectRefusal(await admin('DELETE', `${labels}/${ids[0]}`), 404, 'NOT_FOUND');
      const none = await admin('GET', app.artifacts, { query });
      expect(none.json).toEqual([]);
    });

    it('of other projects, and that are not there, are not found', async () => {
      expect.hasAssertions();
      for (const id of [await create('p', elsewhere.id), 999_999]) {
        expectRefusal(await admin('POST', labels, { body: { id } }), 404, 'NOT_FOUND');
      }
      const text = await admin('POST', labels, { body: '{"id":' });
      expectRefusal(text, 400, 'BAD_REQUEST');
    });
  });
}
