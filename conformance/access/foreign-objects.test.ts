import { afterAll, describe, expect, it } from 'vitest';
import { basic, openRegistry } from '../registry.ts';
import { createdId, expectStatus, itemsOf, memberOf } from './api.ts';
import { createFixture, pushImage } from './fixture.ts';
import { findToken, fullScope } from './tokens.ts';

const registry = await openRegistry();
afterAll(() => registry.close());

const fixture = await createFixture(registry);
const { api, admin, callers, own, foreign } = fixture;
const asAdmin = { authorization: admin };
const callersWith = (letters: string) => callers.filter(({ letter }) => letters.includes(letter));

describe('a member of another project, below the own one', async () => {
  const mid = await fixture.findMember(foreign.name, foreign.prey.username);
  const theirs = `/projects/${foreign.name}/members/${mid}`;
  const before = await expectStatus(200, api('GET', theirs, asAdmin));

  it.each([
    ['GET', 'gdmps', undefined],
    ['PUT', 'ps', { role_id: 1 }],
    ['DELETE', 'ps', undefined],
  ])('is not found by %s, and stays as it is', async (method, letters, body) => {
    for (const { letter, authorization } of callersWith(letters)) {
      for (const project of [own.name, own.id]) {
        const path = `/projects/${project}/members/${mid}`;
        const answer = await api(method, path, { authorization, body });
        expect([letter, answer.status]).toEqual([letter, 404]);
        const missing = await api(method, path.replace(/\d+$/, '987654321'), {
          authorization,
          body,
        });
        expect(answer.text.replaceAll(`${mid}`, '987654321')).toBe(missing.text);
      }
    }
    expect((await api('GET', theirs, asAdmin)).text).toBe(before.text);
  });
});

describe('a robot of another project', () => {
  it('is not given rights, nor moved, by the administrator of this one', async () => {
    const path = `/robots/${foreign.robot.id}`;
    const before = await expectStatus(200, api('GET', path, asAdmin));
    const access = [{ resource: 'repository', action: 'push' }];
    for (const { letter, authorization } of callersWith('lgdmprR')) {
      for (const namespace of [own.name, foreign.name]) {
        const permissions = [{ kind: 'project', namespace, access }];
        const body = { permissions, disable: true };
        const { status } = await api('PUT', path, { authorization, body });
        expect([letter, namespace, status]).toEqual([letter, namespace, 404]);
      }
      const patched = await api('PATCH', path, { authorization, body: {} });
      const deleted = await api('DELETE', path, { authorization });
      expect([letter, patched.status, deleted.status]).toEqual([letter, 404, 404]);
    }
    expect((await api('GET', path, asAdmin)).text).toBe(before.text);
  });

  it('is not what an own one becomes (CVE-2019-16919, CVE-2022-31667)', async () => {
    const access = [{ resource: 'repository', action: 'pull' }];
    const permissions = [{ kind: 'project', namespace: foreign.name, access }];
    for (const { letter, authorization } of callersWith('p')) {
      const body = { permissions, id: foreign.robot.id };
      const answers = [
        await api('PUT', `/robots/${own.robot.id}`, { authorization, body: { permissions } }),
        await api('PUT', `/robots/${own.robot.id}`, { authorization, body }),
        await api('POST', '/robots', {
          authorization,
          body: { name: 'sneaky', level: 'project', duration: -1, permissions },
        }),
      ];
      const statuses = answers.map(({ status }) => status);
      expect([letter, ...statuses]).toEqual([letter, 403, 400, 403]);
    }
  });
});

describe('a personal token and a session of another user', () => {
  it('are not found, and live on', async () => {
    const [victim] = callersWith('d');
    const body = { name: 'ci', scopes: ['api:read'] };
    const made = await expectStatus(201, api('POST', '/users/current/tokens', { ...victim, body }));
    const path = `/users/current/tokens/${createdId(made)}`;
    for (const { letter, authorization } of callersWith('olgmps')) {
      const { status } = await api('DELETE', path, { authorization });
      expect([letter, status]).toEqual([letter, 404]);
      const shown = await api('GET', '/users/current/tokens', { authorization });
      expect([letter, ...itemsOf(shown)]).toEqual([letter]);
    }
    const left = itemsOf(await api('GET', '/users/current/tokens', { ...victim }));
    expect(left.map((item) => memberOf(item, 'id'))).toEqual([createdId(made)]);
  });
});

describe('content of another project, below the own one', () => {
  const { name } = own.repository;
  const theirs = foreign.repository;

  it.each([
    ['GET', `manifests/${theirs.manifest}`, 'lgdmpsrR'],
    ['HEAD', `manifests/${theirs.manifest}`, 'lgdmpsrR'],
    ['DELETE', `manifests/${theirs.manifest}`, 'mpsrR'],
    ['GET', `blobs/${theirs.blob}`, 'lgdmpsrR'],
    ['HEAD', `blobs/${theirs.blob}`, 'lgdmpsrR'],
    ['DELETE', `blobs/${theirs.blob}`, 'mpsrR'],
  ])('is not found by %s %s', async (method, rest, letters) => {
    for (const { letter, authorization } of callersWith(letters)) {
      const token = await findToken(api, authorization, fullScope(name));
      for (const shown of [authorization, token]) {
        const answer = await api(method, `/v2/${name}/${rest}`, { authorization: shown });
        expect([letter, answer.status]).toEqual([letter, 404]);
      }
    }
    const { status } = await api('GET', `/v2/${theirs.name}/${rest}`, asAdmin);
    expect(status).toBe(200);
  });

  it('is not mounted', async () => {
    for (const { letter, authorization } of callersWith('dmprR')) {
      const token = await findToken(
        api,
        authorization,
        fullScope(name),
        `repository:${theirs.name}:pull`,
      );
      for (const shown of [authorization, token]) {
        for (const from of [`&from=${theirs.name}`, '']) {
          const path = `/v2/${name}/blobs/uploads/?mount=${theirs.blob}${from}`;
          const { status } = await api('POST', path, { authorization: shown });
          expect([letter, from, status]).toEqual([letter, from, 202]);
        }
      }
    }
    expect((await api('HEAD', `/v2/${name}/blobs/${theirs.blob}`, asAdmin)).status).toBe(404);
  });

  it('is not mounted by a part of an administrator', async () => {
    const body = {
      name: 'part',
      scopes: ['registry:pull', 'registry:push'],
      projects: [own.name],
    };
    const made = api('POST', '/users/current/tokens', { ...asAdmin, body });
    const text = String(memberOf((await expectStatus(201, made)).json, 'token'));
    const authorization = basic(registry.username, text);
    const path = `/v2/${name}/blobs/uploads/?mount=${theirs.blob}`;
    for (const from of [`&from=${theirs.name}`, '']) {
      expect((await api('POST', path + from, { authorization })).status).toBe(202);
    }
  });

  it('is not pushed through an upload of the other project', async () => {
    const begun = await api('POST', `/v2/${theirs.name}/blobs/uploads/`, asAdmin);
    const { pathname } = new URL(begun.headers.get('location') ?? '', registry.url);
    const id = pathname.split('/').at(-1);
    for (const { letter, authorization } of callersWith('dmpsrR')) {
      for (const [method, query] of [
        ['GET', ''],
        ['PATCH', ''],
        ['PUT', `?digest=${own.repository.blob}`],
        ['DELETE', ''],
      ] as const) {
        const path = `/v2/${name}/blobs/uploads/${id}${query}`;
        const answer = await api(method, path, { authorization });
        expect([letter, method, answer.status]).toEqual([letter, method, 404]);
      }
    }
    const { status } = await api('GET', `/v2/${theirs.name}/blobs/uploads/${id}`, asAdmin);
    expect(status).toBe(204);
  });
});

describe('a robot that reaches one repository of its project', () => {
  it('gets nothing of the others', async () => {
    const hidden = await pushImage(registry, `${own.name}/hidden`);
    const set = await pushImage(registry, `${own.name}/narrow`);
    const access = ['pull', 'push'].map((action) => ({ resource: 'repository', action }));
    const robot = await fixture.createRobot('project', [
      { kind: 'project', namespace: own.name, access, repositories: ['narrow'] },
    ]);
    const token = await findToken(api, robot.authorization, fullScope(set.name));
    const manifest = await api('GET', `/v2/${hidden.name}/manifests/latest`, asAdmin);
    for (const authorization of [robot.authorization, token]) {
      const read = await api('GET', `/v2/${hidden.name}/manifests/latest`, { authorization });
      expect(read.status).toBe(403);
      for (const from of [`&from=${hidden.name}`, '']) {
        const path = `/v2/${set.name}/blobs/uploads/?mount=${hidden.blob}${from}`;
        expect((await api('POST', path, { authorization })).status).toBe(202);
      }
      const put = await api('PUT', `/v2/${set.name}/manifests/stolen`, {
        authorization,
        body: manifest.text,
        headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      });
      expect(put.codes).toEqual(['MANIFEST_BLOB_UNKNOWN']);
      const taken = await api('GET', `/v2/${set.name}/blobs/${hidden.blob}`, { authorization });
      expect(taken.status).toBe(404);
    }
  });
});
