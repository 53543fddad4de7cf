import type { Principal } from '../access/index.ts';
import {
  type ApiReply,
  type ApiRoute,
  compileFilter,
  created,
  decided,
  defineRoute,
  listed,
  ok,
  pageRange,
  parseQ,
  parseSort,
  refusalFor,
} from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import { presentLabel } from './label.presenter.ts';
import type { Label } from './label.ts';
import {
  labelFields,
  labelListQuery,
  labelModel,
  labelParams,
  labelRequest,
} from './labels.schema.ts';
import type { LabelsService } from './labels.service.ts';

const can = (action: string) =>
  decided(`label:${action} in the system for its labels, in the label's project for the others`);

const tag = 'label';
const STANDARD_ORDER = 'id';

/** Harbor's `/labels` (its §1.10). */
export function labelsRoutes(labels: LabelsService): ApiRoute[] {
  return [listRoute(labels), creationRoute(labels), ...singleLabelRoutes(labels)];
}

function listRoute(labels: LabelsService): ApiRoute {
  return defineRoute({
    method: 'GET',
    path: '/labels',
    operationId: 'ListLabels',
    tag,
    summary: 'List the labels of the system (scope=g) or of a project (scope=p)',
    can: decided('anyone for labels of the system, label:list in the project for the others'),
    query: labelListQuery,
    responses: { 200: labelModel.array() },
    async handle({ principal, query }) {
      const filter = {
        projectId: parseScope(query.scope ?? '', query.project_id),
        name: query.name,
        predicates: compileFilter(labelFields, parseQ(query.q)),
        sorts: parseSort(labelFields, query.sort, STANDARD_ORDER),
      };
      const found = await labels.listLabels(principal, filter, pageRange(query));
      return listed(found.labels.map(presentLabel), found.total);
    },
  });
}

function creationRoute(labels: LabelsService): ApiRoute {
  return defineRoute({
    method: 'POST',
    path: '/labels',
    operationId: 'CreateLabel',
    tag,
    summary: 'Create a label of the system (scope g) or of a project (scope p)',
    can: can('create'),
    body: labelRequest,
    responses: { 201: null },
    audit: {
      operation: 'create',
      resourceType: 'label',
      resource: ({ body }) => body.name,
      // Of a call that failed nobody knows whether there is such a project.
      projectId: ({ body }, reply) =>
        reply !== undefined && body.scope === 'p' ? (body.project_id ?? undefined) : undefined,
    },
    async handle({ principal, body, path }) {
      const projectId = parseNewScope(principal, body.scope, body.project_id ?? undefined);
      const { name, description, color } = body;
      const id = await labels.createLabel(principal, projectId, { name, description, color });
      return created(`${path}/${id}`);
    },
  });
}

function singleLabelRoutes(labels: LabelsService): ApiRoute[] {
  /** What the audit log calls them: an answer without a body does not tell. */
  const subjects = new WeakMap<ApiReply, Label>();
  const audit = (operation: string) => ({
    operation,
    resourceType: 'label',
    resource: ({ path }: { path: string }, reply: ApiReply | undefined) =>
      (reply && subjects.get(reply))?.name ?? path,
    projectId: (_call: object, reply: ApiReply | undefined) =>
      (reply && subjects.get(reply))?.projectId,
  });
  function about(label: Label, reply: ApiReply): ApiReply {
    subjects.set(reply, label);
    return reply;
  }
  return [
    defineRoute({
      method: 'GET',
      path: '/labels/{label_id}',
      operationId: 'GetLabelByID',
      tag,
      summary: 'Get a label',
      can: can('read'),
      params: labelParams,
      responses: { 200: labelModel },
      handle: async ({ principal, params }) =>
        ok(presentLabel(await labels.getLabel(principal, params.label_id))),
    }),
    defineRoute({
      method: 'PUT',
      path: '/labels/{label_id}',
      operationId: 'UpdateLabel',
      tag,
      summary: 'Replace the name, description and colour of a label',
      can: can('update'),
      params: labelParams,
      body: labelRequest,
      responses: { 200: null },
      audit: audit('update'),
      async handle({ principal, params, body }) {
        const { name, description, color } = body;
        const text = { name, description, color };
        return about(await labels.updateLabel(principal, params.label_id, text), ok());
      },
    }),
    defineRoute({
      method: 'DELETE',
      path: '/labels/{label_id}',
      operationId: 'DeleteLabel',
      tag,
      summary: 'Delete a label, also from all artifacts',
      can: can('delete'),
      params: labelParams,
      responses: { 200: null },
      audit: audit('delete'),
      handle: async ({ principal, params }) =>
        about(await labels.deleteLabel(principal, params.label_id), ok()),
    }),
  ];
}

/** The project; undefined for the system. @throws AppError invalid */
function parseScope(scope: string, projectId = 0): number | undefined {
  if (scope !== 'g' && scope !== 'p') {
    throw new AppError('invalid', `invalid scope: "${scope}", not g or p`);
  }
  if (scope === 'g') return undefined;
  if (projectId <= 0) throw new AppError('invalid', 'labels of a project need its project_id');
  return projectId;
}

/** The same, for callers who are logged in at least. @throws AppError unauthenticated, invalid */
function parseNewScope(
  principal: Principal,
  scope: string,
  projectId: number | undefined,
): number | undefined {
  if (principal.kind === 'anonymous') throw refusalFor(principal);
  return parseScope(scope, projectId);
}
