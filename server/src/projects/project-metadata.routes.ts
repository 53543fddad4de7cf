import { type ApiRoute, defineRoute, ok, project, projectParams } from '../api/index.ts';
import type { ProjectMetadataService } from './project-metadata.service.ts';
import { metadataEntries, metadataParams } from './projects.schema.ts';

const PATH = '/projects/{project_name_or_id}/metadatas/';
const tag = 'projectMetadata';

export function projectMetadataRoutes(metadata: ProjectMetadataService): ApiRoute[] {
  return [...readingRoutes(metadata), ...changingRoutes(metadata)];
}

function readingRoutes(metadata: ProjectMetadataService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      operationId: 'listProjectMetadatas',
      tag,
      summary: 'Get the metadata of a project',
      can: project('metadata', 'list'),
      params: projectParams,
      responses: { 200: metadataEntries },
      handle: async ({ project }) => ok(await metadata.getMetadata(project)),
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}{meta_name}`,
      operationId: 'getProjectMetadata',
      tag,
      summary: 'Get one key of the metadata; nothing when it is not set',
      can: project('metadata', 'read'),
      params: metadataParams,
      responses: { 200: metadataEntries },
      async handle({ project, params }) {
        const value = await metadata.findValue(project, params.meta_name);
        return ok(value === undefined ? {} : { [params.meta_name]: value });
      },
    }),
  ];
}

function changingRoutes(metadata: ProjectMetadataService): ApiRoute[] {
  // It is the project that changes, by whatever route.
  const audit = {
    operation: 'update',
    resourceType: 'project',
    resource: ({ project }: { readonly project: { readonly name: string } }) => project.name,
  };
  return [
    defineRoute({
      method: 'POST',
      path: PATH,
      operationId: 'addProjectMetadatas',
      tag,
      summary: 'Set a key of the metadata that is not set yet',
      can: project('metadata', 'create'),
      params: projectParams,
      body: metadataEntries,
      responses: { 200: null },
      audit,
      async handle({ project, body }) {
        await metadata.addEntry(project, Object.entries(body));
        return ok();
      },
    }),
    defineRoute({
      method: 'PUT',
      path: `${PATH}{meta_name}`,
      operationId: 'updateProjectMetadata',
      tag,
      summary: 'Set a key of the metadata',
      can: project('metadata', 'update'),
      params: metadataParams,
      body: metadataEntries,
      responses: { 200: null },
      audit,
      async handle({ project, params, body }) {
        await metadata.putEntry(project, params.meta_name, Object.entries(body));
        return ok();
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: `${PATH}{meta_name}`,
      operationId: 'deleteProjectMetadata',
      tag,
      summary: 'Remove a key of the metadata',
      can: project('metadata', 'delete'),
      params: metadataParams,
      responses: { 200: null },
      audit,
      async handle({ project, params }) {
        await metadata.deleteEntry(project, params.meta_name);
        return ok();
      },
    }),
  ];
}
