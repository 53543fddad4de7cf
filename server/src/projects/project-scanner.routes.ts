import {
  type ApiRoute,
  defineRoute,
  listed,
  listQuery,
  ok,
  pageRange,
  project,
  projectParams,
} from '../api/index.ts';
import type { ProjectScannerService } from './project-scanner.service.ts';
import { scannerModel, scannerRequest } from './projects.schema.ts';

const PATH = '/projects/{project_name_or_id}/scanner';
const tag = 'project';

export function projectScannerRoutes(scanners: ProjectScannerService): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: PATH,
      operationId: 'getScannerOfProject',
      tag,
      summary: 'Get the scanner that is in effect for a project; empty without any',
      can: project('scanner', 'read', { authenticated: true }),
      params: projectParams,
      responses: { 200: scannerModel },
      handle: async ({ project }) => ok((await scanners.findScanner(project)) ?? {}),
    }),
    defineRoute({
      method: 'PUT',
      path: PATH,
      operationId: 'setScannerOfProject',
      tag,
      summary: 'Give a project a scanner of its own',
      can: project('scanner', 'create', { authenticated: true }),
      params: projectParams,
      body: scannerRequest,
      responses: { 200: null },
      audit: {
        operation: 'update',
        resourceType: 'project',
        resource: ({ project }) => project.name,
      },
      async handle({ project, body }) {
        await scanners.putScanner(project, body.uuid);
        return ok();
      },
    }),
    defineRoute({
      method: 'GET',
      path: `${PATH}/candidates`,
      operationId: 'listScannerCandidatesOfProject',
      tag,
      summary: 'List the scanners that a project could have',
      can: project('scanner', 'create', { authenticated: true }),
      params: projectParams,
      query: listQuery,
      responses: { 200: scannerModel.array() },
      async handle({ query }) {
        const found = await scanners.listCandidates(pageRange(query));
        return listed(found.scanners, found.total);
      },
    }),
  ];
}
