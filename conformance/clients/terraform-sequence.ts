import { assertEqual } from './assertion.ts';
import type { Client, Step } from './client.ts';
import {
  assertGoList,
  assertGoStruct,
  fieldOf,
  goMember,
  goMetadata,
  goProject,
  goQuota,
  goRobot,
  goUser,
  intOf,
} from './go-struct.ts';
import { createGroupStep, createRobotSteps, createUserStep } from './terraform-accounts.ts';
import { createConfigurationSteps } from './terraform-configuration.ts';
import { create, createWorld, pathOf, read, type World } from './terraform-world.ts';

/**
 * The requests of terraform-provider-harbor, written down from reading it in November 2026. It
 * sends one object per resource to every operation, takes `Location` for the resource's id and
 * asks for pages until one is empty.
 */
export const terraform: Client = {
  name: 'terraform*',
  tools: [],
  createSteps(context) {
    const world = createWorld(context);
    return [
      createUserStep(world),
      createProjectStep(world),
      createMemberStep(world),
      createGroupStep(world),
      ...createRobotSteps(world),
      ...createConfigurationSteps(world),
      createListStep(world),
      createDestructionStep(world),
    ];
  },
};

function createProjectStep(world: World): Step {
  const { admin, name } = world;
  const metadata = {
    enable_content_trust: 'false',
    enable_content_trust_cosign: 'false',
    auto_scan: 'false',
    severity: 'low',
    reuse_sys_cve_allowlist: 'true',
    public: 'false',
    prevent_vul: 'false',
    auto_sbom_generation: 'false',
    proxy_speed_kb: '-1',
    proxy_cache_local_on_not_found: 'false',
  };
  return {
    name: 'harbor_project: create, read, update with an allowlist and a quota',
    async run() {
      const body = { project_name: name, cve_allowlist: {}, storage_limit: -1, metadata };
      await create(world, 'project', { path: '/projects', body });
      const path = pathOf(world, 'project');
      const project = await read(world, path);
      assertGoStruct(project, goProject, 'project');
      assertGoStruct(fieldOf(project, 'metadata'), goMetadata, 'metadata');
      const items = [{ cve_id: 'CVE-2026-0001' }];
      const change = {
        ...body,
        storage_limit: 1073741824,
        cve_allowlist: { items },
        metadata: { ...metadata, reuse_sys_cve_allowlist: 'false', prevent_vul: 'true' },
      };
      await admin.send({ method: 'PUT', path, body: change }, 200);
      const query = { page: 1, page_size: 100 };
      const { body: quotas } = await admin.send({ method: 'GET', path: '/quotas/', query }, 200);
      const quota = assertGoList(quotas, goQuota, 'quotas').find(
        (one) => path === `/projects/${intOf(fieldOf(one, 'ref'), 'id')}`,
      );
      const hard = { hard: { storage: 1073741824 } };
      await admin.send({ method: 'PUT', path: `/quotas/${intOf(quota, 'id')}`, body: hard }, 200);
      const allowlist = fieldOf(await read(world, path), 'cve_allowlist');
      assertEqual(fieldOf(allowlist, 'items'), items, 'items');
    },
  };
}

function createMemberStep(world: World): Step {
  const { admin, name } = world;
  return {
    name: 'harbor_project_member_user: create, read, update',
    async run() {
      // Go's omitempty leaves no struct out.
      const member = { member_group: {}, member_user: { username: name } };
      const path = `${pathOf(world, 'project')}/members`;
      await create(world, 'member', { path, body: { role_id: 2, ...member } });
      const created = await read(world, pathOf(world, 'member'));
      assertGoStruct(created, goMember, 'member');
      const body = { role_id: 3, ...member };
      await admin.send({ method: 'PUT', path: pathOf(world, 'member'), body }, 200);
      assertEqual(intOf(await read(world, pathOf(world, 'member')), 'role_id'), 3, 'role_id');
    },
  };
}

function createListStep(world: World): Step {
  const { admin, name } = world;
  /** Pages without a size, until one has nothing. */
  async function listAll(path: string, q: string | undefined): Promise<unknown[]> {
    const all: unknown[] = [];
    for (let page = 1; page < 1000; page++) {
      const query = { page, ...(q !== undefined && { q }) };
      const { body } = await admin.send({ method: 'GET', path, query }, 200);
      if (!Array.isArray(body)) throw new Error(`${path}: no list on page ${page}`);
      if (body.length === 0) return all;
      all.push(...body);
    }
    throw new Error(`${path}: the pages never end`);
  }
  return {
    name: 'data sources: users, projects, groups and robots, page by page',
    async run() {
      const project = pathOf(world, 'project').split('/').at(-1);
      assertGoList(await listAll('/users', `username=${name}`), goUser, 'users');
      assertGoList(await listAll('/users', `email=${name}@example.com`), goUser, 'users by mail');
      assertGoList(await listAll('/projects', undefined), goProject, 'projects');
      assertGoList(await listAll('/usergroups', undefined), { id: 'int!' }, 'groups');
      assertGoList(await listAll('/robots', undefined), goRobot, 'robots');
      const ofProject = await listAll('/robots', `Level=project,ProjectID=${project}`);
      assertEqual(assertGoList(ofProject, goRobot, 'robots').length, 1, 'robots of the project');
    },
  };
}

function createDestructionStep(world: World): Step {
  const { admin, name } = world;
  return {
    name: 'destroy all; what is gone is 404, also a second time',
    async run() {
      const order = ['member', 'group member', 'project', 'system robot', 'group', 'user'];
      for (const resource of order) {
        const path = pathOf(world, resource);
        if (resource === 'project') {
          const repositories = `/projects/${name}/repositories`;
          const query = { page: 1, page_size: 100 };
          // Asked for first, whatever the answer.
          await admin
            .send({ method: 'GET', path: repositories, query }, 200)
            .catch(() => undefined);
        }
        await admin.send({ method: 'DELETE', path }, 200);
        assertEqual(await admin.refuse({ method: 'GET', path }, 404), 'NOT_FOUND', 'code');
        assertEqual(await admin.refuse({ method: 'DELETE', path }, 404), 'NOT_FOUND', 'code');
      }
    },
  };
}
