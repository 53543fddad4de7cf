import type { z } from 'zod';
import {
  API_BASE,
  type ApiRoute,
  anyone,
  authenticated,
  compileFilter,
  created,
  defineRoute,
  listed,
  ok,
  pageRange,
  parseQ,
  parseSort,
  project,
  projectParams,
} from '../api/index.ts';
import { cveAllowlistRoutes } from './cve-allowlist.routes.ts';
import type { CveAllowlistsService } from './cve-allowlists.service.ts';
import { membersRoutes } from './members.routes.ts';
import type { MembersService } from './members.service.ts';
import { presentProject, presentSummary } from './project.presenter.ts';
import { projectMetadataRoutes } from './project-metadata.routes.ts';
import type { ProjectMetadataService } from './project-metadata.service.ts';
import { projectScannerRoutes } from './project-scanner.routes.ts';
import type { ProjectScannerService } from './project-scanner.service.ts';
import {
  type allowlistRequest,
  deletableModel,
  listedProjectModel,
  projectFields,
  projectHeadQuery,
  projectListQuery,
  projectModel,
  projectRequest,
  projectUpdateRequest,
  summaryModel,
} from './projects.schema.ts';
import type { GivenAllowlist, ProjectsService } from './projects.service.ts';
import { about, findSubject } from './subjects.ts';

export interface ProjectsRoutesPorts {
  readonly projects: ProjectsService;
  readonly metadata: ProjectMetadataService;
  readonly members: MembersService;
  readonly scanners: ProjectScannerService;
  readonly allowlists: CveAllowlistsService;
}

const PATH = '/projects/{project_name_or_id}';
const tag = 'project';

/** Projects, with their metadata, members, scanners, and the allowlist of the system. */
export function projectsRoutes(ports: ProjectsRoutesPorts): ApiRoute[] {
  const { projects, metadata, members, scanners, allowlists } = ports;
  return [
    ...collectionRoutes(projects),
    creationRoute(projects),
    ...readingRoutes(projects),
    ...changingRoutes(projects),
    ...projectMetadataRoutes(metadata),
    ...membersRoutes(members),
    ...projectScannerRoutes(scanners),
    ...cveAllowlistRoutes(allowlists),
  ];
}

function collectionRoutes(projects: ProjectsService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/projects',
      operationId: 'listProjects',
      tag,
      summary: 'List the projects that the caller sees',
      can: anyone,
      query: projectListQuery,
      responses: { 200: listedProjectModel.array() },
      async handle({ principal, query }) {
        const filter = {
          name: query.name,
          isPublic: query.public,
          owner: query.owner,
          predicates: compileFilter(projectFields, parseQ(query.q)),
          sorts: parseSort(projectFields, query.sort, 'name'),
        };
        const found = await projects.listProjects(principal, filter, {
          ...pageRange(query),
          quotas: query.with_quota,
          charts: query.with_chart_count,
        });
        const detail = query.with_detail;
        const items = found.projects.map((item) => presentProject(item, { detail }));
        return listed(items, found.total);
      },
    }),
    defineRoute({
      method: 'HEAD',
      path: '/projects',
      operationId: 'headProject',
      tag,
      summary: 'Tell whether a project exists that the caller sees',
      can: authenticated,
      query: projectHeadQuery,
      responses: { 200: null },
      async handle({ principal, query }) {
        await projects.getProject(principal, query.project_name);
        return ok();
      },
    }),
  ];
}

function creationRoute(projects: ProjectsService): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: '/projects',
    operationId: 'createProject',
    tag,
    summary: 'Create a project',
    can: authenticated,
    body: projectRequest,
    responses: { 201: null },
    audit: {
      operation: 'create',
      resourceType: 'project',
      resource: ({ body }) => body.project_name,
      projectId: (_call, reply) => findSubject(reply)?.projectId,
    },
    async handle({ principal, body, headers }) {
      const { id, name } = await projects.createProject(principal, orderOf(body));
      const byName = headers['x-resource-name-in-location'] === 'true';
      const location = `${API_BASE}/projects/${byName ? name : id}`;
      return about({ name, projectId: id }, created(location));
    },
  });
}

function readingRoutes(projects: ProjectsService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      operationId: 'getProject',
      tag,
      summary: 'Get a project',
      can: project('project', 'read'),
      params: projectParams,
      responses: { 200: projectModel },
      handle: async ({ principal, project }) =>
        ok(presentProject(await projects.getProject(principal, project.id))),
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/summary`,
      operationId: 'getProjectSummary',
      tag,
      summary: 'Get counts and the quota of a project',
      can: project('project', 'read'),
      params: projectParams,
      responses: { 200: summaryModel },
      handle: async ({ principal, project }) =>
        ok(presentSummary(await projects.getSummary(principal, project))),
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/_deletable`,
      operationId: 'getProjectDeletable',
      tag,
      summary: 'Tell whether a project can be deleted',
      can: project('project', 'delete'),
      params: projectParams,
      responses: { 200: deletableModel },
      async handle({ project }) {
        const message = await projects.findObstacle(project);
        return ok(message === undefined ? { deletable: true } : { deletable: false, message });
      },
    }),
  ];
}

function changingRoutes(projects: ProjectsService): ApiRoute[] {
  return [
    defineRoute({
      method: 'PUT',
      path: PATH,
      operationId: 'updateProject',
      tag,
      summary: 'Change the metadata and the CVE allowlist of a project',
      can: project('project', 'update'),
      params: projectParams,
      body: projectUpdateRequest,
      responses: { 200: null },
      audit: {
        operation: 'update',
        resourceType: 'project',
        resource: ({ project }) => project.name,
      },
      async handle({ project, body }) {
        const allowlist = allowlistOf(body.cve_allowlist);
        await projects.updateProject(project, { metadata: body.metadata ?? {}, allowlist });
        return ok();
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: PATH,
      operationId: 'deleteProject',
      tag,
      summary: 'Delete a project without repositories',
      can: project('project', 'delete'),
      params: projectParams,
      responses: { 200: null },
      audit: {
        operation: 'delete',
        resourceType: 'project',
        resource: ({ project }) => project.name,
      },
      async handle({ project }) {
        await projects.deleteProject(project);
        return ok();
      },
    }),
  ];
}

function orderOf(body: z.output<typeof projectRequest>) {
  const { metadata, public: isPublic } = body;
  return {
    name: body.project_name,
    metadata: { ...metadata, public: metadata?.public || String(isPublic ?? false) },
    allowlist: allowlistOf(body.cve_allowlist),
    storageLimit: body.storage_limit ?? undefined,
    registryId: body.registry_id ?? undefined,
  };
}

function allowlistOf(
  given: z.output<typeof allowlistRequest> | null | undefined,
): GivenAllowlist | undefined {
  if (given === null || given === undefined) return undefined;
  return {
    projectId: given.project_id ?? undefined,
    expiresAt: given.expires_at ?? undefined,
    items: (given.items ?? []).map((item) => item.cve_id),
  };
}
