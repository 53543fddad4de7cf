import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { startOidcProvider } from '../../server/test/oidc-provider.ts';
import { ADMIN_PASSWORD, startTestRegistry } from '../../server/test/registry.ts';
import { openLdapStub } from './ldap-stub.ts';
import {
  expectCreated,
  expectDone,
  expectItems,
  expectModel,
  expectRefusal,
  fieldOf,
  models,
} from './model.ts';
import { uniqueName, type World } from './world.ts';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nTUlJQg==\n-----END CERTIFICATE-----\n';

/** What needs another registry: LDAP (harbor.md §1.2), OIDC, and a certificate to give away. */
export function describeDirectories({ recorder, createPerson, admin }: World): void {
  describe('without a directory', async () => {
    const person = await createPerson();

    it('LDAP and OIDC are refused, and pinged with the reason', async () => {
      const { json } = await admin('POST', '/ldap/ping');
      expect(json).toMatchObject({ success: false, message: expect.stringMatching(/^error: /) });
      const search = { query: { username: 'x' } };
      expectRefusal(await admin('GET', '/ldap/users/search', search), 400, 'BAD_REQUEST');
      expectRefusal(await person.call('GET', '/ldap/users/search', search), 403, 'FORBIDDEN');
      const body = { url: 'http://127.0.0.1:1', verify_cert: false };
      expectRefusal(await admin('POST', '/system/oidc/ping', { body }), 400, 'BAD_REQUEST');
    });
  });

  describe('a registry with a directory', async () => {
    const root = await mkdtemp(join(tmpdir(), 'berth-parity-'));
    const caFile = join(root, 'ca.crt');
    await writeFile(caFile, CERTIFICATE);
    const other = await startTestRegistry({ settings: { caFile } });
    const stub = await openLdapStub([
      { dn: 'uid=ann,dc=test', attributes: { uid: 'ann', cn: 'Ann', mail: 'ann@test.example' } },
      { dn: 'uid=bob,dc=test', attributes: { uid: 'bob', cn: 'Bob', mail: 'bob@test.example' } },
      { dn: 'gid=devs,dc=test', attributes: { gid: 'devs' } },
    ]);
    afterAll(async () => {
      await stub[Symbol.asyncDispose]();
      await other.stop();
      await rm(root, { recursive: true, force: true });
    });
    const call = recorder.caller(other.url, { username: 'admin', password: ADMIN_PASSWORD });
    const configuration = {
      auth_mode: 'ldap_auth',
      ldap_url: stub.url,
      ldap_base_dn: 'dc=test',
      ldap_uid: 'uid',
      ldap_search_dn: 'cn=reader,dc=test',
      ldap_search_password: 'reader',
      ldap_group_base_dn: 'dc=test',
      ldap_group_attribute_name: 'gid',
    };

    it('gives its certificate away', async () => {
      const answer = await call('GET', '/systeminfo/getcert');
      expect([answer.status, answer.text]).toEqual([200, CERTIFICATE]);
      expect(answer.headers.get('content-disposition')).toBe('attachment; filename=ca.crt');
    });

    it('pings it, and searches it for users and groups', async () => {
      expectDone(await call('PUT', '/configurations', { body: configuration }));
      expect((await call('POST', '/ldap/ping')).json).toEqual({ success: true, message: '' });
      const people = await call('GET', '/ldap/users/search', { query: { username: 'ann' } });
      expect(
        expectItems(people.json, { username: 'text', realname: 'text', email: 'text' }),
      ).toEqual([{ username: 'ann', realname: expect.any(String), email: 'ann@test.example' }]);
      const groups = await call('GET', '/ldap/groups/search', { query: { groupname: 'devs' } });
      expect(expectItems(groups.json, { group_name: 'text', ldap_group_dn: 'text' })).toMatchObject(
        [{ group_name: 'devs', ldap_group_dn: 'gid=devs,dc=test' }],
      );
      const bad = await call('GET', '/ldap/groups/search', { query: { groupdn: 'no dn' } });
      expectRefusal(bad, 400, 'BAD_REQUEST');
    });

    it('imports users, and tells which it could not', async () => {
      const imported = { body: { ldap_uid_list: ['ann'] } };
      expectDone(await call('POST', '/ldap/users/import', imported));
      const listed = await call('GET', '/users', { query: { username: 'ann' } });
      expect(expectItems(listed.json, models.user)).toMatchObject([{ username: 'ann' }]);
      const failed = await call('POST', '/ldap/users/import', { body: { ldap_uid_list: ['zoe'] } });
      expect([failed.status, failed.json]).toEqual([404, [{ uid: 'zoe', error: 'unknown_user' }]]);
    });

    it('pings a provider, and keeps its own users beside those of the directory', async () => {
      await using provider = await startOidcProvider({
        redirectUris: [`${other.url}/c/oidc/callback`],
      });
      const body = { url: provider.issuer, verify_cert: false };
      expectDone(await call('POST', '/system/oidc/ping', { body }));
      expectModel((await call('GET', '/users/current')).json, models.user);
      const name = uniqueName('group-');
      const group = { group_name: name, group_type: 3 };
      expectCreated(await call('POST', '/usergroups', { body: group }));
      expect(fieldOf((await call('GET', '/systeminfo')).json, 'auth_mode')).toBe('ldap_auth');
    });
  });
}
