import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createIcons } from '../../server/src/system/index.ts';
import {
  expectCreated,
  expectDone,
  expectItems,
  expectModel,
  expectPage,
  expectRefusal,
  fieldOf,
  models,
} from './model.ts';
import { pushImage } from './project-scenario.ts';
import { uniqueName, type World } from './world.ts';

/** Small system endpoints (harbor.md §1.1; acceptance) and configuration (§8.8). */
export function describeSystem(world: World): void {
  const { admin, anonymous, registry } = world;

  describe('the system', async () => {
    const person = await world.createPerson();
    const project = await world.createProject({ isPublic: true });
    await pushImage(registry, `${project.name}/app`);

    it('answers pings and is healthy, component by component (A-01)', async () => {
      expect((await anonymous('GET', '/ping')).json).toBe('Pong');
      const { json } = await anonymous('GET', '/health');
      expect(fieldOf(json, 'status')).toBe('healthy');
      const components = expectItems(fieldOf(json, 'components'), { name: 'text', status: 'text' });
      const names = components.map((component) => String(component['name']));
      expect(names).toEqual(names.toSorted());
      const known = [
        'core',
        'database',
        'jobservice',
        'portal',
        'redis',
        'registry',
        'registryctl',
      ];
      expect(names).toEqual(expect.arrayContaining(known));
    });

    it('tells strangers little of itself, and more to who logs in', async () => {
      const open = (await anonymous('GET', '/systeminfo')).json;
      expectModel(open, {
        auth_mode: 'text',
        primary_auth_mode: 'flag',
        self_registration: 'flag',
      });
      expect(fieldOf(open, 'harbor_version')).toBeUndefined();
      expectModel((await person.call('GET', '/systeminfo')).json, {
        auth_mode: 'text',
        current_time: 'time',
        registry_url: 'text',
        external_url: 'text',
        harbor_version: 'text',
        project_creation_restriction: 'text',
        has_ca_root: 'flag',
        read_only: 'flag',
        registry_storage_provider_name: 'text',
        notification_enable: 'flag',
      });
    });

    it('knows its volume, and has no certificate to give', async () => {
      const { json } = await admin('GET', '/systeminfo/volumes');
      const [volume] = expectItems(fieldOf(json, 'storage'), { total: 'whole', free: 'whole' });
      expect(Number(volume?.['total'])).toBeGreaterThan(0);
      expectRefusal(await anonymous('GET', '/systeminfo/getcert'), 404, 'NOT_FOUND');
    });

    it('counts what there is, and finds it', async () => {
      const all = await admin('GET', '/statistics');
      expectModel(all.json, models.statistics);
      expect(Number(fieldOf(all.json, 'total_storage_consumption'))).toBeGreaterThan(0);
      const own = await person.call('GET', '/statistics');
      expectModel(own.json, models.statistics);
      expect(own.json).toMatchObject({ private_project_count: 0, total_project_count: 0 });
      const found = (await anonymous('GET', '/search', { query: { q: project.name } })).json;
      expect(expectItems(fieldOf(found, 'project'), models.project)).toMatchObject(
        [project.name].map((name) => ({ name })),
      );
      const [repository] = expectItems(fieldOf(found, 'repository'), models.searchedRepository);
      expect(repository).toMatchObject({
        repository_name: `${project.name}/app`,
        artifact_count: 1,
      });
    });

    it('has icons by digest', async () => {
      expect.hasAssertions();
      const digest = createIcons().digestFor('IMAGE');
      const icon = await anonymous('GET', `/icons/${digest}`);
      expectModel(icon.json, { 'content-type': 'text', content: 'text' });
      const unknown = `sha256:${'0'.repeat(64)}`;
      expectRefusal(await anonymous('GET', `/icons/${unknown}`), 404, 'NOT_FOUND');
    });
  });

  describe('the configuration', () => {
    it('is read with what may be changed, and without secrets', async () => {
      const { json } = await admin('GET', '/configurations');
      const items = Object.entries(json ?? {});
      for (const [, item] of items) expectModel(item, { editable: 'flag' });
      const names = items.map(([name]) => name);
      expect(names).toEqual(
        expect.arrayContaining(['auth_mode', 'robot_name_prefix', 'read_only']),
      );
      expect(names.filter((name) => /password|client_secret/.test(name))).toEqual([]);
      expect((await admin('GET', '/internalconfig')).status).toBe(200);
    });

    it('has a banner that everybody sees, until it is taken away (A-09)', async () => {
      const banner_message = '{"message":"maintenance","type":"info","closable":false}';
      const put = (body: object) => admin('PUT', '/configurations', { body });
      expectDone(await put({ banner_message }));
      const { json } = await admin('GET', '/configurations');
      expect(fieldOf(json, 'banner_message')).toEqual({ value: banner_message, editable: true });
      expect((await anonymous('GET', '/systeminfo')).json).toMatchObject({ banner_message });
      expectDone(await put({ banner_message: '' }));
      expect(fieldOf((await anonymous('GET', '/systeminfo')).json, 'banner_message') ?? '').toBe(
        '',
      );
    });

    it.each([
      ['an unknown key', { colour: 'red' }],
      ['another type', { token_expiration: 'soon' }],
      ['no minutes', { session_timeout: 0 }],
      ['an empty prefix', { robot_name_prefix: '' }],
      ['a scope that LDAP has not', { ldap_scope: 7 }],
      ['another source of users while there are some', { auth_mode: 'ldap_auth' }],
      ['no audit log at all', { skip_audit_log_database: true }],
      ['an endpoint that nobody listens at', { audit_log_forward_endpoint: '127.0.0.1:1' }],
    ])('is not changed by %s', async (_, body) => {
      expect.hasAssertions();
      expectRefusal(await admin('PUT', '/configurations', { body }), 400, 'BAD_REQUEST');
    });

    it('is an object', async () => {
      expect.hasAssertions();
      const answer = await admin('PUT', '/configurations', { body: [] });
      expectRefusal(answer, 422, 'UNPROCESSABLE_ENTITY');
    });

    it('can stop all changes but its own', async () => {
      expect.hasAssertions();
      const put = (read_only: boolean) => admin('PUT', '/configurations', { body: { read_only } });
      expectDone(await put(true));
      const body = { project_name: uniqueName('p-') };
      const refused = await admin('POST', '/projects', { body });
      expectDone(await put(false));
      expectRefusal(refused, 403, 'DENIED');
      expectCreated(await admin('POST', '/projects', { body }));
    });
  });
}

/** Audit logs (harbor.md §1.19, §8.7; acceptance ). */
export function describeAudit(world: World): void {
  const { admin, registry } = world;

  describe('the audit log', async () => {
    const project = await world.createProject();
    const owner = await world.createPerson();
    const outsider = await world.createPerson();
    const members = `/projects/${project.name}/members`;
    const member = { role_id: 1, member_user: { username: owner.username } };
    const path = `/projects/${project.name}/auditlog-exts`;

    it('has one line for each thing done in a project (A-51)', async () => {
      const id = expectCreated(await admin('POST', members, { body: member }));
      const digest = await pushImage(registry, `${project.name}/app`);
      await registry.client.manifestDelete(`${project.name}/app`, digest);
      const lines = expectPage(
        await admin('GET', path, { query: { page_size: 100 } }),
        models.auditLogExt,
      );
      const told = lines.map(
        ({ operation, resource_type }) => `${String(operation)} ${String(resource_type)}`,
      );
      const once = ['create project', 'create member', 'create artifact', 'delete artifact'];
      expect(once.map((event) => told.filter((one) => one === event).length)).toEqual([1, 1, 1, 1]);
      expect(lines.every((line) => line['username'] === 'admin')).toBe(true);
      expect(lines.every((line) => line['operation_result'] === true)).toBe(true);
      expectModel((await admin('GET', `${members}/${id}`)).json, models.member);
      expectPage(await admin('GET', `/projects/${project.name}/logs`), models.auditLog);
    });

    it('tells administrators of projects about theirs, and others nothing', async () => {
      const query = { q: `resource=~${project.name}`, page_size: 100 };
      const all = expectPage(await admin('GET', '/auditlog-exts', { query }), models.auditLogExt);
      const own = expectPage(
        await owner.call('GET', '/auditlog-exts', { query }),
        models.auditLogExt,
      );
      expect(own.length).toBeGreaterThan(0);
      expect(all.length).toBeGreaterThanOrEqual(own.length);
      expect((await outsider.call('GET', '/auditlog-exts')).json).toEqual([]);
      expectPage(await owner.call('GET', '/audit-logs'), models.auditLog);
      expectRefusal(await outsider.call('GET', path), 403, 'FORBIDDEN');
    });

    it('names what it can record', async () => {
      const events = (await admin('GET', '/auditlog-exts/events')).json;
      const names = expectItems(events, { event_type: 'text' }).map((event) => event['event_type']);
      const known = ['create_project', 'pull_artifact', 'update_configuration', 'delete_member'];
      expect(names).toEqual(expect.arrayContaining(known));
    });

    it('is forwarded, also without being kept here (A-08)', async () => {
      await using receiver = await openReceiver();
      const put = (body: object) => admin('PUT', '/configurations', { body });
      const list = async (name: string) => {
        const query = { q: `resource=~${name}` };
        return expectPage(await admin('GET', '/auditlog-exts', { query }), models.auditLogExt)
          .length;
      };
      expectDone(await put({ audit_log_forward_endpoint: `127.0.0.1:${receiver.port}` }));
      try {
        const both = await world.createProject();
        await receiver.waitFor(both.name);
        expect(await list(both.name)).toBe(1);
        expectDone(await put({ skip_audit_log_database: true }));
        const forwarded = await world.createProject();
        await receiver.waitFor(forwarded.name);
        expect(await list(forwarded.name)).toBe(0);
        const path = `/projects/${forwarded.name}/members`;
        const id = expectCreated(await admin('POST', path, { body: member }));
        expectDone(await admin('PUT', `${path}/${id}`, { body: { role_id: 2 } }));
        expectDone(await admin('DELETE', `${path}/${id}`));
        for (const operation of ['create', 'update', 'delete']) {
          await receiver.waitFor(`${operation} member with name: ${owner.username}`);
        }
      } finally {
        expectDone(await put({ skip_audit_log_database: false, audit_log_forward_endpoint: '' }));
      }
    });
  });
}

/** A syslog server: what comes in is text to look into. */
async function openReceiver() {
  const sockets: Socket[] = [];
  let text = '';
  let heard = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString();
      heard.resolve();
      heard = Promise.withResolvers();
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    /** The test's own time limit ends it. */
    async waitFor(part: string): Promise<void> {
      while (!text.includes(part)) await heard.promise;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
