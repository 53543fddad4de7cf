import { describe, expect, it } from 'vitest';
import { contentModels } from './content-models.ts';
import { expectCreated, expectDone, expectPage, expectRefusal } from './model.ts';
import type { World } from './world.ts';

const DOUBLESTAR = 'doublestar';

/** A rule as Harbor's portal sends it. */
export function immutableRule(tags: string, repositories = '**', change: object = {}): object {
  return {
    disabled: false,
    action: 'immutable',
    template: 'immutable_template',
    priority: 0,
    tag_selectors: [{ kind: DOUBLESTAR, decoration: 'matches', pattern: tags }],
    scope_selectors: {
      repository: [{ kind: DOUBLESTAR, decoration: 'repoMatches', pattern: repositories }],
    },
    ...change,
  };
}

/** Immutable tag rules (harbor.md §1.14). */
export function describeImmutableRules(world: World): void {
  const { admin } = world;

  describe('immutable tag rules', async () => {
    const project = await world.createProject();
    const other = await world.createProject();
    const path = `/projects/${project.name}/immutabletagrules`;

    it('are made once, listed, switched, changed and deleted', async () => {
      const body = immutableRule('v*');
      const id = expectCreated(await admin('POST', path, { body }));
      expectRefusal(await admin('POST', path, { body }), 409, 'CONFLICT');
      const [rule] = expectPage(await admin('GET', path), contentModels.immutableRule);
      const { disabled: _disabled, priority: _priority, ...kept } = Object(body);
      expect(rule).toMatchObject({ id, ...kept });

      const off = { ...immutableRule('w*'), id, disabled: true };
      expectDone(await admin('PUT', `${path}/${id}`, { body: off }));
      // Only the switch is turned, whatever else is said.
      expect((await admin('GET', path)).json).toMatchObject([{ ...kept, id, disabled: true }]);
      expectDone(await admin('PUT', `${path}/${id}`, { body: off }));
      expect((await admin('GET', path)).json).toMatchObject([
        { id, tag_selectors: [{ pattern: 'w*' }] },
      ]);
      const foreign = `/projects/${other.name}/immutabletagrules/${id}`;
      expectRefusal(await admin('PUT', foreign, { body: off }), 404, 'NOT_FOUND');
      expectRefusal(await admin('DELETE', foreign), 404, 'NOT_FOUND');
      expectDone(await admin('DELETE', `${path}/${id}`));
      expectRefusal(await admin('DELETE', `${path}/${id}`), 404, 'NOT_FOUND');
    });

    it('come in pages', async () => {
      for (const tags of ['a', 'b', 'c']) {
        expectCreated(await admin('POST', path, { body: immutableRule(tags) }));
      }
      const page = await admin('GET', path, { query: { page: 2, page_size: 2, sort: 'id' } });
      expect(expectPage(page, contentModels.immutableRule)).toMatchObject([
        { tag_selectors: [{ pattern: 'c' }] },
      ]);
      expect(page.headers.get('x-total-count')).toBe('3');
      expect(page.headers.get('link')).toContain('rel="prev"');
      expectRefusal(await admin('GET', path, { query: { q: 'id' } }), 400, 'BAD_REQUEST');
    });

    const selector = { kind: DOUBLESTAR, decoration: 'matches', pattern: '**' };
    it.each([
      ['another kind', immutableRule('**', '**', { tag_selectors: [{ ...selector, kind: 'x' }] })],
      [
        'another decoration',
        immutableRule('**', '**', { tag_selectors: [{ ...selector, decoration: 'x' }] }),
      ],
      [
        'a decoration of repositories',
        immutableRule('**', '**', { scope_selectors: { repository: [selector] } }),
      ],
      ['no selectors', {}],
      ['a pattern that is none', immutableRule('[', '**')],
      ['an unknown field', immutableRule('x', '**', { colour: 'red' })],
    ])('are refused with %s', async (_, body) => {
      const { status, codes } = await admin('POST', path, { body });
      expect([status, ...codes]).toEqual([400, 'BAD_REQUEST']);
    });

    it('have the id of their path', async () => {
      expect.hasAssertions();
      const id = expectCreated(await admin('POST', path, { body: immutableRule('id') }));
      const body = { ...immutableRule('id'), id: id + 1 };
      expectRefusal(await admin('PUT', `${path}/${id}`, { body }), 400, 'BAD_REQUEST');
    });
  });
}
