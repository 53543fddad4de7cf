import {
  type ApiRoute,
  defineRoute,
  listed,
  ok,
  pageRange,
  parseSort,
  system,
} from '../api/index.ts';
import { presentQuota } from './quota.presenter.ts';
import {
  quotaFields,
  quotaListQuery,
  quotaModel,
  quotaParams,
  quotaRequest,
} from './quotas.schema.ts';
import type { QuotasService } from './quotas.service.ts';

const tag = 'quota';

/** Quotas of projects, for administrators. */
export function quotasRoutes({ quotas }: { readonly quotas: QuotasService }): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/quotas',
      operationId: 'listQuotas',
      tag,
      summary: 'List the quotas',
      can: system('quota', 'list'),
      query: quotaListQuery,
      responses: { 200: quotaModel.array() },
      async handle({ query }) {
        const filter = { reference: query.reference, referenceId: query.reference_id };
        const sorts = parseSort(quotaFields, query.sort, '-creation_time,-id');
        const found = await quotas.listQuotas(filter, sorts, pageRange(query));
        return listed(found.quotas.map(presentQuota), found.total);
      },
    }),
    defineRoute({
      method: 'GET',
      path: '/quotas/{id}',
      operationId: 'getQuota',
      tag,
      summary: 'Get a quota',
      can: system('quota', 'read'),
      params: quotaParams,
      responses: { 200: quotaModel },
      handle: async ({ params }) => ok(presentQuota(await quotas.getQuota(params.id))),
    }),
    defineRoute({
      method: 'PUT',
      path: '/quotas/{id}',
      operationId: 'updateQuota',
      tag,
      summary: 'Change the limit of a quota',
      can: system('quota', 'update'),
      params: quotaParams,
      body: quotaRequest,
      responses: { 200: null },
      audit: {
        operation: 'update',
        resourceType: 'quota',
        resource: ({ params }) => String(params.id),
      },
      async handle({ params, body }) {
        await quotas.updateHardStorage(params.id, body.hard?.storage);
        return ok();
      },
    }),
  ];
}
