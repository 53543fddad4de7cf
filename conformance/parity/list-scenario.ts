import { findNextLink } from '@berth/client';
import { describe, expect, it } from 'vitest';
import { expectPage, expectRefusal, type Model, models } from './model.ts';
import { uniqueName, type World } from './world.ts';

interface List {
  readonly path: string;
  readonly model: Model;
  /** Text that the keys below look for; what was made for these tests has it in its name. */
  readonly key: string;
  readonly id: string;
}

const injections = [
  "'",
  "' OR '1'='1",
  "'; DROP TABLE project; --",
  "') UNION SELECT 1--",
  '%',
  '_',
  '\\\\',
  '$1',
  '{{1}}',
  '\u0007',
  '\u{1F4A9}',
];

/** `q`, `sort`, `page` and `page_size` on every list (harbor.md §0.2). */
export function describeLists({ admin }: World): void {
  describe('lists', async () => {
    const mark = uniqueName('x');
    const names = ['a', 'b', 'c', 'd', 'e'].map((letter) => `${mark}-${letter}`);
    await make(admin, mark, names);
    const lists: readonly List[] = [
      { path: '/users', model: models.user, key: 'username', id: 'user_id' },
      { path: '/projects', model: models.project, key: 'name', id: 'project_id' },
      { path: '/robots', model: models.robot, key: 'name', id: 'id' },
      { path: '/auditlog-exts', model: models.auditLogExt, key: 'resource', id: 'id' },
    ];

    describe.each(lists)('of $path', ({ path, model, key, id }) => {
      const fuzzy = `${key}=~${mark}`;
      const list = (query: Record<string, string | number>) => admin('GET', path, { query });
      const all = async () => expectPage(await list({ q: fuzzy, page_size: 100, sort: id }), model);
      const keys = (items: readonly Record<string, unknown>[]) => items.map((item) => item[key]);

      it('is filtered: exactly, in part whatever the case, by range and from a list', async () => {
        const items = await all();
        expect(items.length).toBeGreaterThanOrEqual(names.length);
        const first = String(items[0]?.[key]).replace(/^robot\$/, '');
        const exact = expectPage(await list({ q: `${key}=${first}`, page_size: 100 }), model);
        expect(exact.length).toBeGreaterThan(0);
        expect(new Set(keys(exact)).size).toBe(1);
        const upper = expectPage(
          await list({ q: `${key}=~${mark.toUpperCase()}`, page_size: 100 }),
          model,
        );
        expect(upper.length).toBe(items.length);
        const idsOf = (list: readonly Record<string, unknown>[]) =>
          list.map((item) => Number(item[id])).toSorted((one, other) => one - other);
        const ids = idsOf(items);
        const [low = 0, , high = 0] = ids;
        const range = expectPage(await list({ q: `${id}=[${low}~${high}],${fuzzy}` }), model);
        expect(idsOf(range)).toEqual(ids.slice(0, 3));
        const some = expectPage(await list({ q: `${id}={${low} ${high}}` }), model);
        expect(idsOf(some)).toEqual([low, high]);
        expect((await list({ q: `${id}={}` })).json).toEqual([]);
      });

      it('is sorted up and down', async () => {
        const up = (await all()).map((item) => Number(item[id]));
        expect(up).toEqual(up.toSorted((one, other) => one - other));
        const down = expectPage(await list({ q: fuzzy, page_size: 100, sort: `-${id}` }), model);
        expect(down.map((item) => item[id])).toEqual(up.toReversed());
        expect((await list({ sort: 'no_such_key' })).status).toBe(200);
      });

      it('comes in pages that Link leads through, each thing once', async () => {
        const total = (await all()).length;
        const seen: unknown[] = [];
        let next: URL | undefined = new URL('http://here/api/v2.0');
        next = new URL(`${next.href}${path}`);
        next.search = String(
          new URLSearchParams({ q: fuzzy, sort: id, page_size: '2', page: '1' }),
        );
        while (next !== undefined && seen.length <= total) {
          const answer = await admin('GET', `${path}${next.search}`);
          const page = expectPage(answer, model);
          expect(answer.headers.get('x-total-count')).toBe(String(total));
          const link = answer.headers.get('link') ?? '';
          expect(link.includes('rel="prev"')).toBe(seen.length > 0);
          seen.push(...page.map((item) => item[id]));
          next = findNextLink(/<[^>]*>; rel="next"/.exec(link)?.[0] ?? null, next);
        }
        expect(seen).toHaveLength(total);
        expect(new Set(seen).size).toBe(total);
      });

      it.each(['page_size=101', 'page=x', 'page_size=-1'])('refuses %s', async (query) => {
        expect.hasAssertions();
        expectRefusal(await admin('GET', `${path}?${query}`), 422, 'UNPROCESSABLE_ENTITY');
      });

      it.each(['name=', '=x', 'name', 'id=[~]', 'id={1', 'creation_time=[x~y]', 'op_time=[x~y]'])(
        'refuses q=%s, unless the key is not its own',
        async (q) => {
          const answer = await list({ q });
          const known = /^(?:creation_time|op_time)=/.test(q);
          expect(known ? [200, 400] : [400]).toContain(answer.status);
        },
      );

      it.each(injections)('takes %j for text', async (text) => {
        for (const q of [`${key}=${text}`, `${key}=~${text}`]) {
          const answer = await list({ q: encodeURIComponent(q).replaceAll('%3D', '=') });
          const items = expectPage(answer, model);
          // A wildcard of SQL that got through would find everything.
          const found = items.map((item) => String(item[key]).toLowerCase());
          expect(found.filter((name) => !name.includes(text.toLowerCase()))).toEqual([]);
        }
      });
    });

    it.each(['password', 'salt', 'secret'])('are not filtered by %s', async (key) => {
      expect.hasAssertions();
      for (const path of ['/users', '/robots']) {
        const answer = await admin('GET', path, { query: { q: `${key}=~a` } });
        expectRefusal(answer, 400, 'BAD_REQUEST');
      }
    });
  });
}

async function make(admin: World['admin'], mark: string, names: readonly string[]): Promise<void> {
  const access = [{ resource: 'repository', action: 'pull' }];
  const permissions = [{ kind: 'project', namespace: '*', access }];
  const robot = { level: 'system', duration: -1, permissions };
  for (const name of names) {
    const account = { username: name, realname: mark, password: 'Parity-password-1' };
    await admin('POST', '/users', { body: { ...account, email: `${name}@test.example` } });
    await admin('POST', '/projects', { body: { project_name: name } });
    await admin('POST', '/robots', { body: { ...robot, name } });
  }
}
