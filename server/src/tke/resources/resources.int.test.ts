import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callerOf, createStand, type Stand, superAdmin } from '../../../test/tke-stand.ts';
import { StatusError } from '../../kube/index.ts';
import { ProviderError } from '../providers/provider.ts';

let stand: Stand;

beforeAll(async () => {
  stand = await createStand();
  stand.controllers.start();
});
afterEach(() => {
  stand.backend.failBefore = undefined;
  stand.backend.failAfter = undefined;
});
afterAll(() => stand.close());

const admin = callerOf({ username: 'boss', role: 'admin' });
const namespace = (name: string, spec: object = {}, caller = callerOf()) =>
  stand.create('Namespace', { spec: { name, ...spec } }, caller);
const group = (name: string, spec: object = {}, caller = callerOf()) =>
  stand.create('ChartGroup', { spec: { name, ...spec } }, caller);

/** A refusal as a Status shows it. */
async function refusalOf(work: Promise<unknown>) {
  const error: unknown = await work.then(
    () => 'done',
    (reason: unknown) => reason,
  );
  if (!(error instanceof StatusError)) throw new Error(`no refusal: ${String(error)}`);
  const { code, reason, message, details } = error;
  return { code, reason, message, causes: details?.causes ?? [] };
}

describe('a Namespace', () => {
  it('scenario 1: is made with what the caller left out, and its project with it', async () => {
    const made = await stand.create('Namespace', {
      metadata: { name: 'mine' },
      spec: { name: 'test', tenantID: 'elsewhere', finalizers: ['x'] },
      status: { repoCount: 7, locked: true, phase: 'Failed' },
    });
    expect(made.metadata.name).toMatch(/^rns-[bcdfghjklmnpqrstvwxz2456789]{8}$/);
    expect(made.spec).toEqual({
      name: 'test',
      tenantID: 'default',
      visibility: 'Public',
      type: 'Project',
      projects: [],
      finalizers: ['namespace'],
    });
    expect(made.status).toEqual({
      phase: 'Available',
      repoCount: 0,
      lastTransitionTime: '2026-11-21T12:00:00Z',
    });
    expect(stand.backend.at('default-image-test').isPublic).toBe(true);
  });

  it.each([
    ['public', 'Public'],
    ['PRIVATE', 'Private'],
  ])('scenario 31: takes visibility %s and the types of both generations', async (sent, meant) => {
    const name = `both-${sent.toLowerCase()}`;
    const made = await namespace(name, {
      visibility: sent,
      repoType: 'project',
      projects: ['prj-a'],
    });
    expect(made.spec).toMatchObject({ visibility: meant, type: 'Project', projects: ['prj-a'] });
    expect(stand.backend.at(`default-image-${name}`).isPublic).toBe(meant === 'Public');
    const own = await namespace(`own-${name}`, { type: 'person' }, admin);
    expect(own.spec.type).toBe('Personal');
  });

  it('scenario 2: is refused with one cause for each thing that is wrong', async () => {
    await namespace('taken');
    expect(await refusalOf(namespace('', { visibility: 'Secret', type: 'Odd' }))).toMatchObject({
      code: 422,
      reason: 'Invalid',
      causes: [
        {
          reason: 'FieldValueRequired',
          field: 'spec.name',
          message: 'Required value: must specify name',
        },
        {
          reason: 'FieldValueNotSupported',
          field: 'spec.visibility',
          message: 'Unsupported value: "Secret": supported values: "Private", "Public"',
        },
        {
          reason: 'FieldValueNotSupported',
          field: 'spec.type',
          message: 'Unsupported value: "Odd": supported values: "Personal", "Project", "System"',
        },
      ],
    });
    expect((await refusalOf(namespace('taken'))).causes).toEqual([
      { reason: 'FieldValueDuplicate', field: 'spec.name', message: 'Duplicate value: "taken"' },
    ]);
  });

  it.each(['library', 'x-image-y', 'Upper', 'a_b_', 'a--b', 'x'.repeat(300), 'a/b', '-a'])(
    'B6, B33, scenario 28: the name %s is refused before any back end is asked',
    async (name) => {
      const before = stand.backend.calls.length;
      const { code, causes } = await refusalOf(namespace(name));
      expect(code).toBe(422);
      expect(causes).toMatchObject([{ reason: 'FieldValueInvalid', field: 'spec.name' }]);
      expect(stand.backend.calls).toHaveLength(before);
    },
  );

  it('B41: a duplicate is a 422 that asks no back end', async () => {
    await namespace('twice');
    const before = stand.backend.calls.length;
    expect(await refusalOf(namespace('twice'))).toMatchObject({ code: 422 });
    expect(stand.backend.calls).toHaveLength(before);
  });

  it('B41: belongs to the tenant that its creator of no tenant says, or to the default one', async () => {
    const made = await namespace('cross', { tenantID: 'other' }, superAdmin);
    expect(made.spec.tenantID).toBe('other');
    expect(stand.backend.projects.has('other-image-cross')).toBe(true);
    expect((await namespace('cross', {}, superAdmin)).spec.tenantID).toBe('default');
    const { causes } = await refusalOf(namespace('a', { tenantID: 'x-image-y' }, superAdmin));
    expect(causes).toMatchObject([{ field: 'spec.tenantID', reason: 'FieldValueInvalid' }]);
  });

  it('scenario 3: keeps its name, tenant and status, whatever is put', async () => {
    const made = await namespace('fixed');
    const named = { ...made, spec: { ...made.spec, name: 'other' } };
    expect((await refusalOf(stand.update(named))).causes).toMatchObject([
      { reason: 'FieldValueInvalid', field: 'spec.name' },
    ]);
    const moved = { ...made, spec: { ...made.spec, tenantID: 'other' } };
    expect((await refusalOf(stand.update(moved, superAdmin))).causes).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'spec.tenantID',
        message: 'Invalid value: "other": disallowed change the tenant',
      },
    ]);
    const locked = { ...made, status: { ...made.status, locked: true, repoCount: 9 } };
    expect((await stand.update(locked)).status).toEqual(made.status);
  });

  it('B1: somebody else’s words about the tenant change nothing, and break nothing', async () => {
    const made = await namespace('b1');
    const sent = { ...made, spec: { ...made.spec, tenantID: 'other', displayName: 'b' } };
    expect((await stand.update(sent)).spec).toMatchObject({
      tenantID: 'default',
      displayName: 'b',
    });
    const foreign = callerOf({ tenantId: 'other' });
    expect(await refusalOf(stand.update(made, foreign))).toMatchObject({ code: 404 });
  });

  it('B2: is locked through its status only', async () => {
    const made = await namespace('b2');
    const locked = { ...made, status: { ...made.status, locked: true } };
    const stored = await stand.update(locked, admin, 'status');
    expect(stored.status.locked).toBe(true);
    const unlocked = { ...stored, status: { ...stored.status, locked: false } };
    expect((await stand.update(unlocked)).status.locked).toBe(true);
  });

  it('B4: is validated again when it is changed', async () => {
    const made = await namespace('b4');
    expect(await refusalOf(stand.patch(made, { spec: { visibility: 'Odd' } }))).toMatchObject({
      code: 422,
      causes: [{ field: 'spec.visibility', reason: 'FieldValueNotSupported' }],
    });
    const lower = await stand.patch(made, { spec: { visibility: 'private' } });
    expect(lower.spec.visibility).toBe('Private');
  });

  it('B42, scenario 20: takes its project along when its visibility changes', async () => {
    const made = await namespace('b42');
    const hidden = await stand.patch(made, { spec: { visibility: 'Private' } });
    expect(stand.backend.at('default-image-b42').isPublic).toBe(false);
    await stand.patch(hidden, { spec: { visibility: 'Public' } });
    expect(stand.backend.at('default-image-b42').isPublic).toBe(true);
  });

  it('B42: stays as it was when the back end does not follow', async () => {
    const made = await namespace('b42-down');
    stand.backend.failBefore = (operation) =>
      operation === 'setPublic' ? new ProviderError('unavailable', 'down') : undefined;
    const patch = stand.patch(made, { spec: { visibility: 'Private' } });
    expect(await refusalOf(patch)).toMatchObject({ code: 503, reason: 'ServiceUnavailable' });
    expect((await stand.find(made))?.spec.visibility).toBe('Public');
  });

  it.each([
    [new ProviderError('conflict', '409 Conflict'), 409, 'Conflict'],
    [new ProviderError('denied', '401 at harbor.internal'), 503, 'ServiceUnavailable'],
    [new ProviderError('invalid', '400 default-image-b14'), 422, 'Invalid'],
    [new ProviderError('unavailable', '502 harbor.internal'), 503, 'ServiceUnavailable'],
    [
      new ProviderError('unavailable', 'slow', { cause: AbortSignal.timeout(0).reason ?? late() }),
      504,
      'Timeout',
    ],
  ])('B14, scenario 21: %s becomes a Status of its own', async (failure, code, reason) => {
    stand.backend.failBefore = (operation) => (operation === 'createProject' ? failure : undefined);
    const refusal = await refusalOf(namespace('b14'));
    expect(refusal).toMatchObject({ code, reason });
    const text = JSON.stringify(refusal);
    expect(text).not.toMatch(/harbor|default-image|4\d\d |5\d\d /);
    expect(await stand.list('Namespace', 'spec.name=b14')).toEqual([]);
    await stand.controllers.settle();
    expect(stand.backend.projects.has('default-image-b14')).toBe(false);
    // A repetition finds nothing in its way.
    stand.backend.failBefore = undefined;
    const made = await namespace('b14');
    await stand.delete(made, admin);
    expect(stand.backend.projects.has('default-image-b14')).toBe(false);
  });

  it('of type Personal is its user’s, and of type System the administrators’', async () => {
    expect((await namespace('ann', { type: 'personal' })).spec.type).toBe('Personal');
    expect((await refusalOf(namespace('bob', { type: 'personal' }))).causes).toMatchObject([
      { field: 'spec.name' },
    ]);
    expect(await refusalOf(namespace('sys', { type: 'system' }))).toMatchObject({ code: 403 });
    const made = await namespace('plain-one');
    expect(await refusalOf(stand.patch(made, { spec: { type: 'System' } }))).toMatchObject({
      code: 403,
    });
    expect((await namespace('sys', { type: 'system' }, admin)).spec.type).toBe('System');
  });

  it('scenario 6: is listed by repoType', async () => {
    const caller = callerOf({ tenantId: 'lists', projects: new Map([['prj-a', 'member']]) });
    const boss = callerOf({ tenantId: 'lists', role: 'admin' });
    await namespace('ann', { type: 'personal', visibility: 'Private' }, caller);
    await namespace('bob', { type: 'personal', visibility: 'Private' }, boss);
    await namespace('proj-a', { projects: ['prj-a'], visibility: 'Private' }, boss);
    await namespace('proj-b', { projects: ['prj-b'], visibility: 'Private' }, boss);
    await namespace('base', { type: 'system' }, boss);
    const names = async (selector: string, by = caller) =>
      (await stand.list('Namespace', selector, by)).map(({ spec }) => spec.name).toSorted();
    expect(await names('repoType=personal')).toEqual(['ann']);
    expect(await names('repoType=user', boss)).toEqual(['ann', 'bob']);
    expect(await names('repoType=project')).toEqual(['proj-a']);
    expect(await names('repoType=project,projectID=prj-b', boss)).toEqual(['proj-b']);
    expect(await names('repoType=system')).toEqual(['base']);
    expect(await names('repoType=all')).toEqual(['ann', 'base', 'proj-a']);
    expect(await names('')).toHaveLength(5);
    expect(await refusalOf(names('repoType=odd'))).toMatchObject({
      code: 400,
      message: 'unsupport repoType: odd',
    });
    expect(await refusalOf(names('spec.visibility=Public'))).toMatchObject({ code: 400 });
  });
});

describe('a Repository', () => {
  const repository = (parent: string, spec: object, caller = callerOf()) =>
    stand.create('Repository', { spec }, caller, parent);

  it('B5: needs its namespace, in the right place, and a name of its own', async () => {
    const parent = await namespace('repos');
    const { name: rns } = parent.metadata;
    const made = await repository(rns, { name: 'a/b', namespaceName: 'repos' });
    expect(made).toMatchObject({
      metadata: { namespace: rns },
      spec: { tenantID: 'default', visibility: 'Public' },
      status: { pullCount: 0, tags: [] },
    });
    const causesOf = async (in_: string, spec: object) =>
      (await refusalOf(repository(in_, spec))).causes;
    expect(await causesOf(rns, { name: 'a/b', namespaceName: 'repos' })).toEqual([
      { reason: 'FieldValueDuplicate', field: 'spec.name', message: 'Duplicate value: "a/b"' },
    ]);
    expect(await causesOf(rns, { name: 'x', namespaceName: 'none' })).toEqual([
      {
        reason: 'FieldValueNotFound',
        field: 'spec.namespaceName',
        message: 'Not found: "none"',
      },
    ]);
    expect(await causesOf('rns-other', { name: 'x', namespaceName: 'repos' })).toMatchObject([
      { reason: 'FieldValueNotFound', field: 'metadata.namespace' },
    ]);
    expect(await causesOf(rns, {})).toMatchObject([
      { reason: 'FieldValueRequired', field: 'spec.name' },
      { reason: 'FieldValueRequired', field: 'spec.namespaceName' },
    ]);
    expect(await causesOf(rns, { name: 'Odd!', namespaceName: 'repos' })).toMatchObject([
      { reason: 'FieldValueInvalid', field: 'spec.name' },
    ]);
  });

  it('keeps its tenant, name and namespace', async () => {
    const parent = await namespace('repos-fixed');
    const made = await repository(parent.metadata.name, {
      name: 'x',
      namespaceName: 'repos-fixed',
    });
    const changed = {
      ...made,
      spec: { ...made.spec, name: 'y', namespaceName: 'z', tenantID: 'other' },
    };
    expect((await refusalOf(stand.update(changed, superAdmin))).causes).toEqual([
      {
        reason: 'FieldValueForbidden',
        field: 'spec.tenantID',
        message: 'Forbidden: disallowed change the tenant',
      },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.name',
        message: 'Invalid value: "y": disallowed change the name',
      },
      {
        reason: 'FieldValueInvalid',
        field: 'spec.namespaceName',
        message: 'Invalid value: "z": disallowed change the namespace',
      },
    ]);
  });
});

describe('a ChartGroup', () => {
  it('scenario 20: is made with its project and belongs to its creator', async () => {
    const made = await group('abc', { visibility: 'user', users: ['bob'] });
    expect(made.metadata.name).toMatch(/^rcg-/);
    expect(made.spec).toMatchObject({
      type: 'SelfBuilt',
      visibility: 'User',
      users: ['bob', 'ann'],
      creator: 'ann',
      finalizers: ['chartgroup'],
    });
    expect(made.status).toMatchObject({ phase: 'Available', chartCount: 0 });
    expect(stand.backend.at('default-chart-abc').isPublic).toBe(false);
    await stand.patch(made, { spec: { visibility: 'Public' } });
    expect(stand.backend.at('default-chart-abc').isPublic).toBe(true);
  });

  it('is nobody else’s because its creator says so', async () => {
    expect((await group('claimed', { creator: 'bob' })).spec.creator).toBe('ann');
    const made = await group('granted', { creator: 'bob' }, admin);
    expect(made.spec.creator).toBe('bob');
    expect((await stand.patch(made, { spec: { creator: 'eve' } })).spec.creator).toBe('bob');
  });

  it('takes the types of the first generation', async () => {
    const personal = await group('carol', { type: 'personal' });
    expect(personal.spec).toMatchObject({
      type: 'SelfBuilt',
      visibility: 'User',
      users: ['carol', 'ann'],
    });
    const project = await group('old-project', { type: 'project', visibility: 'Private' });
    expect(project.spec).toMatchObject({ type: 'SelfBuilt', visibility: 'Project' });
  });

  it('scenario 2, B4: is refused with exact causes, when made and when changed', async () => {
    expect((await refusalOf(group('odd', { type: 'Odd', visibility: 'Private' }))).causes).toEqual([
      {
        reason: 'FieldValueNotSupported',
        field: 'spec.visibility',
        message: 'Unsupported value: "Private": supported values: "Project", "Public", "User"',
      },
      {
        reason: 'FieldValueNotSupported',
        field: 'spec.type',
        message: 'Unsupported value: "Odd": supported values: "Imported", "SelfBuilt", "System"',
      },
    ]);
    const system = { type: 'System', visibility: 'User' };
    expect((await refusalOf(group('odd', system, admin))).causes).toMatchObject([
      { message: 'Invalid value: "User": visibility must be public when type is system' },
    ]);
    expect(await refusalOf(group('odd', { type: 'System' }))).toMatchObject({ code: 403 });
    const made = await group('b4');
    const patch = stand.patch(made, { spec: { visibility: 'Odd' } });
    expect((await refusalOf(patch)).causes).toMatchObject([{ field: 'spec.visibility' }]);
  });

  it('B8: is found by its fields, the name of the object among them', async () => {
    const made = await group('b8');
    const names = async (selector: string) =>
      (await stand.list('ChartGroup', selector)).map(({ spec }) => spec.name);
    expect(await names(`metadata.name=${made.metadata.name}`)).toEqual(['b8']);
    expect(await names('spec.name=b8,spec.type=SelfBuilt,spec.visibility=Public')).toEqual(['b8']);
    expect(await refusalOf(names('spec.creator=ann'))).toMatchObject({ code: 400 });
  });

  it('seals the password of an imported repository and never shows it', async () => {
    const password = Buffer.from('geheim').toString('base64');
    const importedInfo = { addr: 'https://charts.example.com', username: 'u', password };
    const made = await group('sealed', { type: 'Imported', importedInfo });
    expect(JSON.stringify(made)).not.toContain(password);
    const shown = JSON.stringify(stand.show(made));
    expect(shown).not.toContain('"password"');
    expect(shown).not.toContain('$berth$');
    // Sent back as it was shown, or patched: the password stays.
    const patched = await stand.patch(made, { spec: { description: 'd' } });
    expect(patched.spec.importedInfo?.password).toBe(made.spec.importedInfo?.password);
    const gone = await stand.patch(patched, { spec: { importedInfo: { password: '' } } });
    expect(gone.spec.importedInfo).toEqual({ addr: 'https://charts.example.com', username: 'u' });
  });

  it('refuses a password that is not base64, without repeating it', async () => {
    const importedInfo = { addr: 'https://charts.example.com', password: 'n0t base64!' };
    const refusal = await refusalOf(group('bad', { type: 'Imported', importedInfo }));
    expect(refusal.causes).toMatchObject([{ field: 'spec.importedInfo' }]);
    expect(JSON.stringify(refusal)).not.toContain('n0t');
  });

  it('does not take a password along to another address', async () => {
    const password = Buffer.from('geheim').toString('base64');
    const importedInfo = { addr: 'https://charts.example.com', username: 'u', password };
    const made = await group('moving', { type: 'Imported', importedInfo });
    const addr = 'https://evil.example.com';
    const moved = await stand.patch(made, { spec: { importedInfo: { addr } } });
    expect(moved.spec.importedInfo).toEqual({ addr, username: 'u' });
    const sealed = { addr: 'https://more.example.com', password: made.spec.importedInfo?.password };
    const again = stand.patch(made, { spec: { importedInfo: sealed } });
    expect((await refusalOf(again)).causes).toMatchObject([{ field: 'spec.importedInfo' }]);
  });
});

describe('a Chart', () => {
  it('needs its group, and keeps it', async () => {
    const parent = await group('charts');
    const { name: rcg } = parent.metadata;
    const chart = (spec: object, at = rcg) => stand.create('Chart', { spec }, callerOf(), at);
    const made = await chart({ name: 'redis', chartGroupName: 'charts' });
    expect(made).toMatchObject({
      spec: { finalizers: ['chart'], tenantID: 'default' },
      status: { phase: 'Available', pullCount: 0, versions: [] },
    });
    expect((await refusalOf(chart({ name: 'redis', chartGroupName: 'charts' }))).causes).toEqual([
      { reason: 'FieldValueDuplicate', field: 'spec.name', message: 'Duplicate value: "redis"' },
    ]);
    expect((await refusalOf(chart({ chartGroupName: 'none' }))).causes).toMatchObject([
      { field: 'spec.name', reason: 'FieldValueRequired' },
      { field: 'spec.chartGroupName', reason: 'FieldValueNotFound' },
    ]);
    const spec = { ...made.spec, chartGroupName: 'x', visibility: 'Odd' };
    const moved = { ...made, spec };
    expect((await refusalOf(stand.update(moved))).causes).toMatchObject([
      { message: 'Invalid value: "x": disallowed change the chartGroupName' },
      { field: 'spec.visibility', reason: 'FieldValueNotSupported' },
    ]);
  });

  it('scenario 6: is listed by what its group is', async () => {
    const caller = callerOf({ tenantId: 'lists' });
    const boss = callerOf({ tenantId: 'lists', role: 'admin', username: 'boss' });
    for (const [name, spec] of Object.entries({
      mine: { visibility: 'User', users: ['ann'] },
      theirs: { visibility: 'User', users: ['bob'] },
      open: {},
    })) {
      const parent = await group(name, spec, boss);
      const body = { spec: { name: `in-${name}`, chartGroupName: name } };
      await stand.create('Chart', body, boss, parent.metadata.name);
    }
    const names = async (selector: string, by = caller) =>
      (await stand.list('Chart', selector, by)).map(({ spec }) => spec.name).toSorted();
    expect(await names('repoType=user')).toEqual(['in-mine']);
    expect(await names('repoType=all')).toEqual(['in-mine', 'in-open']);
    expect(await names('repoType=all', boss)).toEqual(['in-mine', 'in-open', 'in-theirs']);
    expect(await refusalOf(names('repoType=odd'))).toMatchObject({
      message: 'unsupport spec.repoType: odd',
    });
  });
});

describe('a Member', () => {
  const member = (spec: object, caller = admin) => stand.create('Member', { spec }, caller);

  it('is written by administrators of its tenant only', async () => {
    const made = await member({ username: 'dora', role: 'Viewer', tenantID: 'other' });
    expect(made.metadata.name).toMatch(/^mbr-/);
    expect(made.spec).toEqual({
      tenantID: 'default',
      username: 'dora',
      role: 'viewer',
      projects: [],
    });
    expect(await refusalOf(member({ username: 'eve' }, callerOf()))).toMatchObject({ code: 403 });
    expect(await refusalOf(stand.patch(made, { spec: { role: 'admin' } }))).toMatchObject({
      code: 403,
    });
    expect((await refusalOf(member({ username: 'dora' }))).causes).toMatchObject([
      { reason: 'FieldValueDuplicate' },
    ]);
    expect(
      (await refusalOf(member({ role: 'king', projects: [{ name: '', role: 'x' }] }))).causes,
    ).toMatchObject([
      { field: 'spec.username' },
      { field: 'spec.role' },
      { field: 'spec.projects[0].name' },
      { field: 'spec.projects[0].role' },
    ]);
  });
});

function late(): Error {
  const error = new Error('the time is up');
  error.name = 'TimeoutError';
  return error;
}
