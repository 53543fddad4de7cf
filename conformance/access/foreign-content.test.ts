import { afterAll, describe, expect, it } from 'vitest';
import { openRegistry } from '../registry.ts';
import { expectStatus, memberOf } from './api.ts';
import { Content } from './content.ts';
import { createFixture } from './fixture.ts';
import { createMatrix } from './matrix.ts';
import { listRoutes, NO_ID, nothing, send, type Target } from './rest-requests.ts';
import { contentRows } from './rest-table.ts';
import { walk } from './walk.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const fixture = await createFixture(registry);
const { api, admin, callers, own, foreign, missing } = fixture;
const { routeOf, expectAlike } = createMatrix(fixture, await listRoutes(fixture));
const asAdmin = { authorization: admin };
const ports = { registry, api, admin };
const contents = { own: new Content(ports, own), foreign: new Content(ports, foreign) };
const mine = new Content(ports, own);
const inOwn: Target = { project: own.name, projectId: own.id, objects: nothing, level: 'project' };

const theirWork = await contents.foreign.getWork();
const theirs: Readonly<Record<string, string | number>> = {
  repository_name: `${foreign.name}%252Fapp`,
  reference: contents.foreign.image,
  digest: contents.foreign.deleted,
  label_id: await contents.foreign.getLabel(),
  immutable_rule_id: await contents.foreign.getRule(),
  webhook_policy_id: theirWork.policy,
  execution_id: theirWork.execution,
  task_id: theirWork.task,
};
await contents.foreign.attachLabel();
await contents.foreign.ensureDeleted();

/** Everything of theirs that a request could have changed. */
async function readTheirs(): Promise<unknown[]> {
  const project = `/projects/${foreign.name}`;
  const answers: unknown[] = [];
  for (const path of [
    `${project}/repositories/app/artifacts/${contents.foreign.image}?with_label=true`,
    `${project}/repositories/app/deleted-artifacts`,
    `${project}/immutabletagrules`,
    `${project}/webhook/policies`,
    `${project}/webhook/policies/${theirWork.policy}/executions/${theirWork.execution}/tasks`,
    `/labels/${theirs['label_id']}`,
  ]) {
    answers.push((await expectStatus(200, api('GET', path, asAdmin))).json);
  }
  return answers;
}

/** Parameters that name an object, in the path or by query or body. */
function parametersOf(operationId: string): string[] {
  const named = [...routeOf(operationId).path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const further: Readonly<Record<string, string[]>> = {
    addLabel: ['label_id'],
    restoreTag: ['reference'],
    ListWebhookJobs: ['webhook_policy_id'],
  };
  const all = [...named, ...(further[operationId] ?? [])];
  return all.filter((name) => theirs[name] !== undefined);
}

const nowhere: typeof theirs = {
  repository_name: 'no%252Fsuch',
  reference: nothing.digest,
  digest: nothing.digest,
};

/** A value of a path as an answer has it. */
function asShown(value: string | number | undefined): string {
  return String(value).replaceAll('%252F', '/');
}

// A list of a repository that is not there is an empty one, and a copy may make one.
const listing = ['listArtifacts', 'listRepositoryTags', 'listDeletedArtifacts', 'listTagHistory'];
const unknownIsEmpty = new Set(listing);
const rows = contentRows.flatMap(([id, allowed]) =>
  parametersOf(id)
    .filter(
      (name) => id !== 'CopyArtifact' && !(name === 'repository_name' && unknownIsEmpty.has(id)),
    )
    .map((name) => [id, name, allowed] as const),
);

describe('an object of another project, below the own one', () => {
  it.each(rows)('is not found by %s as %s', async (id, name, allowed) => {
    const before = await readTheirs();
    const found = await mine.supply(id);
    const none = nowhere[name] ?? NO_ID;
    for (const caller of callers.filter(({ letter }) => allowed.includes(letter))) {
      const ask = (value: string | number = NO_ID) =>
        send(fixture, routeOf(id), caller, { ...inOwn, objects: { ...found, [name]: value } });
      const there = await ask(theirs[name]);
      const missing = await ask(none);
      expect([caller.letter, there.status]).toEqual([caller.letter, 404]);
      expect(there.text.replaceAll(asShown(theirs[name]), '?')).toBe(
        missing.text.replaceAll(asShown(none), '?'),
      );
    }
    expect(await readTheirs()).toEqual(before);
  });

  it.each(listing)('is not shown by %s', async (id) => {
    const found = {
      ...(await mine.supply(id)),
      repository_name: theirs['repository_name'] ?? '',
    };
    for (const caller of callers.filter(({ letter }) => 'lgdmpsrR'.includes(letter))) {
      const { status, text } = await send(fixture, routeOf(id), caller, {
        ...inOwn,
        objects: found,
      });
      expect([status, text.trim()]).toEqual([200, '[]']);
    }
  });
});

describe('a copy', () => {
  const to = `/projects/${own.name}/repositories/taken/artifacts`;
  const copy = (from: string) =>
    walk(callers, ({ authorization }) => api('POST', `${to}?from=${from}`, { authorization }));
  const { image } = contents.foreign;

  it('from where the caller may not read tells nothing, and takes nothing', async () => {
    const there = await copy(`${foreign.name}/app@${image}`);
    expect([there.faults, there.allowed]).toEqual([[], 's']);
    await expectStatus(200, api('DELETE', to.replace('/artifacts', ''), asAdmin));
    for (const from of [
      `${missing}/app@${image}`,
      `${foreign.name}/nosuch@${image}`,
      `${foreign.name}/app@${nothing.digest}`,
      `${foreign.name}/app:nosuch`,
    ]) {
      const absent = await copy(from);
      expect(absent.allowed).toBe(from.startsWith(missing) ? '' : 's');
      expectAlike(there, absent, (letter) => letter !== 's');
    }
    expect((await api('GET', `${to}/${image}`, asAdmin)).status).toBe(404);
  });

  it('to where the caller may not write makes nothing', async () => {
    const from = `${own.name}/app@${mine.image}`;
    await mine.ensureImage();
    const elsewhere = to.replace(own.name, foreign.name);
    const seen = await walk(callers, ({ authorization }) =>
      authorization === admin
        ? api('GET', `${elsewhere}/${mine.image}`, { authorization })
        : api('POST', `${elsewhere}?from=${from}`, { authorization }),
    );
    expect([seen.faults, seen.allowed]).toEqual([[], 's']);
    expect(seen.answers.get('s')?.status).toBe(404);
  });

  it('takes no accessory away from its subject', async () => {
    await mine.ensureImage();
    const from = `${own.name}/app@${mine.signature}`;
    expect((await api('POST', `${to}?from=${from}`, asAdmin)).status).toBe(403);
  });
});

describe('what each caller is shown of two projects', async () => {
  await contents.own.ensureImage();
  const labelOf = async (content: Content) => {
    const shown = api('GET', `/labels/${await content.getLabel()}`, asAdmin);
    return String(memberOf((await expectStatus(200, shown)).json, 'name'));
  };
  const labels = { own: await labelOf(contents.own), foreign: await labelOf(contents.foreign) };
  const readers = 'lgdmpsrR';

  /** Letters of those whose answer has the word. */
  async function shownTo(path: string, word: string): Promise<string> {
    let letters = '';
    for (const { letter, authorization } of callers) {
      const { text } = await api('GET', path, { authorization });
      if (text.includes(word)) letters += letter;
    }
    return letters;
  }

  it.each(['/repositories?page_size=100', '/search?q=app', '/search?q=v1', '/search?q=multi'])(
    'by %s is what it may read',
    async (path) => {
      expect(await shownTo(path, `"${own.name}/app"`)).toBe(readers);
      expect(await shownTo(path, `"${foreign.name}/app"`)).toBe('s');
    },
  );

  it('by digests and annotations is what it may read', async () => {
    for (const [which, letters] of [
      ['own', readers],
      ['foreign', 's'],
    ] as const) {
      const { image, word } = contents[which];
      const name = `"${fixture[which].name}/app"`;
      expect(await shownTo(`/search?q=${image}`, name)).toBe(letters);
      expect(await shownTo(`/search?q=${image.slice('sha256:'.length, 20)}`, name)).toBe(letters);
      expect(await shownTo(`/search?q=${word}`, name)).toBe(letters);
    }
  });

  it('by names of labels is what it may list', async () => {
    expect(await shownTo(`/search?q=${labels.own}`, `"${labels.own}"`)).toBe('gdmpsrR');
    expect(await shownTo(`/search?q=${labels.foreign}`, `"${labels.foreign}"`)).toBe('s');
    expect(await shownTo('/labels?scope=g&page_size=100', labels.own)).toBe('');
  });

  it('is of one project by a personal token for it, even of an administrator', async () => {
    const body = { name: 'part', scopes: ['api:write', 'registry:pull'], projects: [own.name] };
    const made = api('POST', '/users/current/tokens', { ...asAdmin, body });
    const token = memberOf((await expectStatus(201, made)).json, 'token');
    const authorization = `Bearer ${String(token)}`;
    for (const path of ['/repositories?page_size=100', '/search?q=app', '/search?q=v1']) {
      const { text } = await api('GET', path, { authorization });
      expect([path, text.includes(`${own.name}/app`)]).toEqual([path, true]);
      expect([path, text.includes(foreign.name)]).toEqual([path, false]);
    }
    const { text } = await api('GET', `/search?q=${labels.foreign}`, { authorization });
    expect(text).not.toContain(`"${labels.foreign}"`);
    const target = { ...inOwn, project: foreign.name, projectId: foreign.id };
    for (const [id] of contentRows) {
      const objects = await contents.foreign.supply(id);
      const caller = { letter: 's', authorization, userId: 1 } as const;
      const { status } = await send(fixture, routeOf(id), caller, { ...target, objects });
      expect([id, status]).toEqual([id, 403]);
    }
  });
});
