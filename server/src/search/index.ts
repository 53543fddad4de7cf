export { createSearchRepository } from './search.repository.ts';
export { type SearchRoutesPorts, searchRoutes } from './search.routes.ts';
export {
  createSearchService,
  type SearchService,
  type SearchServicePorts,
} from './search.service.ts';
