import { type ApiRoute, anyone, defineRoute, ok } from '../api/index.ts';
import { presentFound } from './search.presenter.ts';
import { searchModel, searchQuery } from './search.schema.ts';
import type { SearchService } from './search.service.ts';

export interface SearchRoutesPorts {
  readonly search: SearchService;
}

/** The search over everything (Harbor's §1.1, and more). */
export function searchRoutes({ search }: SearchRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/search',
      operationId: 'search',
      tag: 'search',
      summary:
        'What the caller may see: projects, repositories, charts, tags and labels by part of ' +
        'their names, artifacts by the beginning of a digest, annotations by words; 100 of each, ' +
        '`truncated` names the kinds that have more',
      can: anyone,
      query: searchQuery,
      responses: { 200: searchModel },
      handle: async ({ principal, query }) =>
        ok(presentFound(await search.search(principal, query.q, query.type))),
    }),
  ];
}
