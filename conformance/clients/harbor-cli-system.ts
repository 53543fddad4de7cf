import { assertEqual } from './assertion.ts';
import type { Step } from './client.ts';
import {
  assertGoList,
  assertGoStruct,
  fieldOf,
  goAuditLog,
  goConfiguration,
  goProject,
  goQuota,
  goStatistic,
  goSystemInfo,
  goUser,
  intOf,
} from './go-struct.ts';
import { byId, byName, idOf, type World, ZERO_TIME } from './harbor-cli-world.ts';

/** `login`, `health` and `info`. */
export function createLoginSteps({ admin, login, wrongPassword }: World): Step[] {
  const whoAmI = { method: 'GET', path: '/users/current' } as const;
  return [
    {
      name: 'login, ping, health, info',
      async run() {
        assertGoStruct((await admin.send(whoAmI, 200)).body, goUser, 'current user');
        const ping = { method: 'GET', path: '/ping', headers: { accept: 'text/plain' } } as const;
        assertEqual((await admin.send(ping, 200)).body, 'Pong', 'ping');
        const health = (await admin.send({ method: 'GET', path: '/health' }, 200)).body;
        assertGoList(
          fieldOf(health, 'components'),
          { name: 'string!', status: 'string!' },
          'health',
        );
        const info = await admin.send({ method: 'GET', path: '/systeminfo' }, 200);
        assertGoStruct(info.body, goSystemInfo, 'system information');
        const volumes = await admin.send({ method: 'GET', path: '/systeminfo/volumes' }, 200);
        assertGoList(fieldOf(volumes.body, 'storage'), { total: 'int!', free: 'int!' }, 'volumes');
        const statistics = await admin.send({ method: 'GET', path: '/statistics' }, 200);
        assertGoStruct(statistics.body, goStatistic, 'statistics');
      },
    },
    {
      name: 'login with a wrong password is refused with 401',
      async run() {
        const stranger = login({ username: 'admin', password: wrongPassword });
        assertEqual(await stranger.refuse(whoAmI, 401), 'UNAUTHORIZED', 'code');
      },
    },
  ];
}

/** `quota`, `config`, `logs`, `cve-allowlist` and `project search`. */
export function createSystemSteps(world: World): Step[] {
  return [createQuotaStep(world), createConfigurationStep(world), ...createReadSteps(world)];
}

function createQuotaStep(world: World): Step {
  const { admin } = world;
  return {
    name: 'quota list, view, update',
    async run() {
      const query = { page: 1, page_size: 100 };
      const { body: quotas } = await admin.send({ method: 'GET', path: '/quotas', query }, 200);
      const quota = assertGoList(quotas, goQuota, 'quotas').find(
        (one) => intOf(fieldOf(one, 'ref'), 'id') === idOf(world, 'project'),
      );
      const path = `/quotas/${intOf(quota, 'id')}`;
      await admin.send({ method: 'PUT', path, body: { hard: { storage: 1048576 } } }, 200);
      const { body } = await admin.send({ method: 'GET', path }, 200);
      assertGoStruct(body, goQuota, 'quota');
      assertEqual(intOf(fieldOf(body, 'hard'), 'storage'), 1048576, 'hard');
    },
  };
}

function createConfigurationStep({ admin }: World): Step {
  const path = '/configurations';
  return {
    name: 'config view and apply',
    async run() {
      const { body: items } = await admin.send({ method: 'GET', path }, 200);
      const values: Record<string, unknown> = {};
      for (const name of Object.keys(goConfiguration)) {
        const item = fieldOf(items, name);
        if (item === undefined) continue;
        assertGoStruct(item, { editable: 'bool!' }, name);
        values[name] = fieldOf(item, 'value');
      }
      assertGoStruct(values, goConfiguration, 'configuration');
      const before = values['token_expiration'];
      await admin.send({ method: 'PUT', path, body: { token_expiration: 45 } }, 200);
      const { body: changed } = await admin.send({ method: 'GET', path }, 200);
      assertEqual(intOf(fieldOf(changed, 'token_expiration'), 'value'), 45, 'token_expiration');
      await admin.send({ method: 'PUT', path, body: { token_expiration: before } }, 200);
      // apply sends a whole file; those items that were never set may not be set to nothing.
      const set = Object.entries(values).filter(([, value]) => value !== '');
      await admin.send({ method: 'PUT', path, body: Object.fromEntries(set) }, 200);
    },
  };
}

function createReadSteps({ admin, project }: World): Step[] {
  return [
    {
      name: 'logs: of all, filtered, of the project, the old kind, event types',
      async run() {
        const page = { page: 1, page_size: 10 };
        for (const query of [
          page,
          { ...page, q: 'operation=create' },
          { ...page, sort: 'op_time' },
        ]) {
          const path = '/auditlog-exts';
          const { body } = await admin.send({ method: 'GET', path, query }, 200);
          assertGoList(body, goAuditLog, 'logs');
        }
        // As its own help says, though Harbor knows no such order, and ignores it.
        const query = { ...page, sort: 'op_time:desc' };
        await admin.send({ method: 'GET', path: '/auditlog-exts', query }, 200);
        const path = `/projects/${project}/auditlog-exts`;
        const { body: logs } = await admin.send({ method: 'GET', path, query: page }, 200);
        assertGoList(logs, goAuditLog, "the project's logs");
        await admin.send({ method: 'GET', path: '/audit-logs', query: page }, 200);
        const events = await admin.send({ method: 'GET', path: '/auditlog-exts/events' }, 200);
        assertGoList(events.body, { event_type: 'string!' }, 'event types');
      },
    },
    {
      name: 'cve-allowlist add and list',
      async run() {
        const path = '/system/CVEAllowlist';
        const { body: before } = await admin.send({ method: 'GET', path }, 200);
        const items = [{ cve_id: 'CVE-2026-0001' }];
        const times = { creation_time: ZERO_TIME, update_time: ZERO_TIME };
        await admin.send({ method: 'PUT', path, body: { expires_at: 0, items, ...times } }, 200);
        const { body: after } = await admin.send({ method: 'GET', path }, 200);
        assertGoStruct(after, { id: 'int', expires_at: 'int', items: 'list!' }, 'allowlist');
        assertEqual(fieldOf(after, 'items'), items, 'items');
        const former = { items: fieldOf(before, 'items'), ...times };
        await admin.send({ method: 'PUT', path, body: former }, 200);
      },
    },
    {
      name: 'project search',
      async run() {
        const query = { q: project };
        const { body } = await admin.send({ method: 'GET', path: '/search', query }, 200);
        assertGoList(fieldOf(body, 'project'), goProject, 'found projects');
      },
    },
  ];
}

/** Takes away what the other steps made, as the command line does. */
export function createDeletionSteps(world: World): Step[] {
  const { admin, project } = world;
  return [
    {
      name: 'member, robot, user and project delete; the project is gone',
      async run() {
        const path = `/projects/${project}`;
        const member = `${path}/members/${idOf(world, 'member')}`;
        await admin.send({ method: 'DELETE', path: member, ...byName }, 200);
        await admin.send({ method: 'DELETE', path: `/robots/${idOf(world, 'robot')}` }, 200);
        await admin.send({ method: 'DELETE', path: `/users/${idOf(world, 'user')}` }, 200);
        const id = `/projects/${idOf(world, 'project')}`;
        await admin.send({ method: 'DELETE', path: id, ...byId }, 200);
        const view = { method: 'GET', path, ...byName } as const;
        assertEqual(await admin.refuse(view, 404), 'NOT_FOUND', 'code');
      },
    },
  ];
}
