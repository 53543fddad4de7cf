import { describe, expect, it } from 'vitest';
import { addImage, addPlatforms } from '../data.ts';
import { addCosignTagSignature, pushBuilt, pushTagged, repositoryPaths } from './content.ts';
import { contentModels } from './content-models.ts';
import { expectItems, expectModel, expectPage, expectRefusal, fieldOf } from './model.ts';
import type { World } from './world.ts';

const NEVER = '0001-01-01T00:00:00.000Z';

/** Artifacts (harbor.md §1.7, §4). */
export function describeArtifacts(world: World): void {
  const { admin, registry } = world;

  describe('artifacts', async () => {
    const project = await world.createProject();
    const app = repositoryPaths(project.name, 'team/app');
    const set = await pushBuilt(registry, app.name, (set) => {
      const image = addImage(set, { tags: ['1.0', 'latest'] });
      const index = addPlatforms(set, { tags: ['all'] });
      const bare = addImage(set);
      const signature = addCosignTagSignature(set, image);
      return { image, index, bare, signature };
    });
    const list = async (query: Record<string, string | number | boolean> = {}) => {
      const items = expectPage(
        await admin('GET', app.artifacts, { query: { page_size: 100, ...query } }),
        contentModels.artifact,
      );
      return items.map(({ digest }) => digest);
    };

    it('are told with tags unless asked otherwise, and with the rest only when asked', async () => {
      const plain = await admin('GET', app.artifact('1.0'));
      expectModel(plain.json, contentModels.artifact);
      expect(plain.json).toMatchObject({
        type: 'IMAGE',
        media_type: 'application/vnd.oci.image.config.v1+json',
        manifest_media_type: 'application/vnd.oci.image.manifest.v1+json',
        artifact_type: 'application/vnd.oci.image.config.v1+json',
        project_id: project.id,
        repository_name: app.name,
        digest: set.image.digest,
        pull_time: NEVER,
        extra_attrs: { architecture: 'amd64', os: 'linux' },
        references: null,
        labels: null,
        accessories: null,
        addition_links: {
          build_history: {
            href: `/api/v2.0${app.artifact(set.image.digest)}/additions/build_history`,
            absolute: false,
          },
        },
      });
      const tags = expectItems(fieldOf(plain.json, 'tags'), contentModels.tag);
      expect(tags.map(({ name }) => String(name)).toSorted()).toEqual(['1.0', 'latest']);
      const bare = await admin('GET', app.artifact('1.0'), { query: { with_tag: false } });
      expect(fieldOf(bare.json, 'tags')).toBeNull();
      const full = await admin('GET', app.artifact('1.0'), {
        query: { with_label: true, with_accessory: true, with_immutable_status: true },
      });
      expect(expectItems(fieldOf(full.json, 'accessories'), contentModels.accessory)).toMatchObject(
        [{ type: 'signature.cosign', digest: set.signature.digest }],
      );
      expect((await admin('GET', app.artifact(set.image.digest))).json).toEqual(plain.json);
      expectRefusal(
        await admin('GET', app.artifact('1.0'), { query: { with_tag: 'maybe' } }),
        422,
        'UNPROCESSABLE_ENTITY',
      );
    });

    it('of an index are told as its references', async () => {
      const { json } = await admin('GET', app.artifact('all'));
      const references = expectItems(fieldOf(json, 'references'), contentModels.reference);
      expect(references).toMatchObject([
        { platform: { os: 'linux', architecture: 'amd64' } },
        { platform: { os: 'linux', architecture: 'arm64' } },
      ]);
      const digest = String(references[1]?.['child_digest']);
      const child = await admin('GET', app.artifact(digest));
      expect(child.json).toMatchObject({
        id: references[1]?.['child_id'],
        extra_attrs: { architecture: 'arm64' },
      });
    });

    it('are listed newest first, without parts of indexes and accessories', async () => {
      const { image, index, bare } = set;
      expect(await list()).toEqual([bare.digest, index.digest, image.digest]);
      expect(await list({ sort: 'push_time' })).toEqual(
        [bare.digest, index.digest, image.digest].toReversed(),
      );
      expect(await list({ sort: 'no_such_key' })).toEqual([
        bare.digest,
        index.digest,
        image.digest,
      ]);
    });

    it.each([
      ['tags=*', (all: typeof set) => [all.index, all.image]],
      ['tags=nil', (all: typeof set) => [all.bare]],
      ['tags=~LATE', (all: typeof set) => [all.image]],
      ['tags=all', (all: typeof set) => [all.index]],
      ['tags=none', () => []],
      ['type=IMAGE,tags=1.0', (all: typeof set) => [all.image]],
      ['type={IMAGE CHART}', (all: typeof set) => [all.bare, all.index, all.image]],
      ['type=CHART', () => []],
      ['labels=()', (all: typeof set) => [all.bare, all.index, all.image]],
      ['labels=(999999)', () => []],
    ])('are filtered by q=%s', async (q, wanted) => {
      expect(await list({ q })).toEqual(wanted(set).map(({ digest }) => digest));
    });

    it('are listed with the parts of indexes for base=*, and found by digest', async () => {
      const all = await list({ q: 'base=*' });
      expect(all).toHaveLength(5);
      expect(all).not.toContain(set.signature.digest);
      expect(await list({ q: `digest=${set.bare.digest}` })).toEqual([set.bare.digest]);
    });

    it.each(['labels=1', 'labels={1 2}', 'labels=(a)', 'base=x', 'tags={a b}', 'type'])(
      'are not filtered by q=%s',
      async (q) => {
        expect.hasAssertions();
        expectRefusal(await admin('GET', app.artifacts, { query: { q } }), 400, 'BAD_REQUEST');
      },
    );

    it('come in pages', async () => {
      const page = await admin('GET', app.artifacts, { query: { page: 2, page_size: 1 } });
      expect(expectPage(page, contentModels.artifact)).toMatchObject([
        { digest: set.index.digest },
      ]);
      expect(page.headers.get('x-total-count')).toBe('3');
      const link = page.headers.get('link');
      expect(link).toContain('page=1&page_size=1>; rel="prev" , <');
      expect(link).toContain('page=3&page_size=1>; rel="next"');
      // Whoever follows it comes to the same repository.
      const [, next = ''] = /, <\/api\/v2\.0([^>]*)>/.exec(link ?? '') ?? [];
      expect((await admin('GET', next)).json).toMatchObject([{ digest: set.image.digest }]);
      for (const query of [{ page_size: 101 }, { page: 'x' }]) {
        const refused = await admin('GET', app.artifacts, { query });
        expectRefusal(refused, 422, 'UNPROCESSABLE_ENTITY');
      }
    });

    it('of a repository that is not there are none; one of them is not found', async () => {
      const { artifacts, artifact } = repositoryPaths(project.name, 'no-such');
      const none = await admin('GET', artifacts);
      expect([none.json, none.headers.get('x-total-count')]).toEqual([[], '0']);
      expectRefusal(await admin('GET', artifact('latest')), 404, 'NOT_FOUND');
      expectRefusal(await admin('GET', app.artifact('no-such')), 404, 'NOT_FOUND');
      expectRefusal(await admin('DELETE', app.artifact('no-such')), 404, 'NOT_FOUND');
    });

    it('of a whole project are listed, all or the latest of each repository', async () => {
      await pushTagged(registry, `${project.name}/other`, 'latest');
      const path = `/projects/${project.name}/artifacts`;
      const all = expectPage(await admin('GET', path), contentModels.artifact);
      expect(all.map(({ repository_name }) => repository_name)).toEqual([
        `${project.name}/other`,
        app.name,
        app.name,
        app.name,
      ]);
      // Decoded twice, as all of `q`.
      const media = encodeURIComponent('application/vnd.oci.image.config.v1+json');
      const query = { latest_in_repository: true, q: `media_type=${media}` };
      const latest = expectPage(await admin('GET', path, { query }), contentModels.artifact);
      expect(latest.map(({ repository_name }) => repository_name)).toEqual([
        `${project.name}/other`,
        app.name,
      ]);
      const kindless = await admin('GET', path, { query: { latest_in_repository: true } });
      expectRefusal(kindless, 400, 'BAD_REQUEST');
      const refused = await admin('GET', path, { query: { page_size: -1 } });
      expectRefusal(refused, 422, 'UNPROCESSABLE_ENTITY');
    });

    it('have accessories that are listed with them', async () => {
      const path = `${app.artifact('1.0')}/accessories`;
      const found = expectPage(await admin('GET', path), contentModels.accessory);
      expect(found).toMatchObject([
        {
          subject_artifact_digest: set.image.digest,
          subject_artifact_repo: app.name,
          type: 'signature.cosign',
        },
      ]);
      const other = await admin('GET', `${app.artifact('all')}/accessories`);
      expect([other.json, other.headers.get('x-total-count')]).toEqual([[], '0']);
      const filtered = await admin('GET', path, { query: { q: 'type=signature.notation' } });
      expect(filtered.json).toEqual([]);
    });

    it('tell of vulnerabilities what scanners found: nothing yet', async () => {
      const answer = await admin('GET', `${app.artifact('1.0')}/additions/vulnerabilities`);
      expect([answer.status, answer.json]).toEqual([200, {}]);
    });

    it('have the additions of their type', async () => {
      const path = app.artifact('1.0');
      const history = await admin('GET', `${path}/additions/build_history`);
      expect(history.headers.get('content-type')).toBe('application/json; charset=utf-8');
      expect(history.status).toBe(200);
      expectRefusal(await admin('GET', `${path}/additions/values.yaml`), 400, 'BAD_REQUEST');
      const unknown = await admin('GET', `${path}/additions/colour`);
      expectRefusal(unknown, 422, 'UNPROCESSABLE_ENTITY');
    });
  });
}
