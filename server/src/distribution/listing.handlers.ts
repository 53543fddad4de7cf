import { type Digest, mediaType, presentReferrers } from '@berth/oci';
import type { Principal } from '../access/index.ts';
import type { ListingsService } from '../artifacts/index.ts';
import { type Exchange, parsePage, presentLink, sendJson } from '../http/index.ts';
import type { Visibility } from '../projects/index.ts';

export interface ListingHandlers {
  listTags(exchange: Exchange, repository: string): Promise<void>;
  listRepositories(exchange: Exchange, principal: Principal): Promise<void>;
  listReferrers(exchange: Exchange, repository: string, subject: Digest): Promise<void>;
}

/** `tags/list`, `_catalog` and `referrers` (distribution spec, "Content Discovery"). */
export function createListingHandlers(
  listings: ListingsService,
  visibilityOf: (principal: Principal) => Visibility,
): ListingHandlers {
  return {
    async listTags(exchange, repository) {
      const page = parsePage(exchange.query);
      const { items, next } = await listings.listTags(repository, page);
      const link = presentLink(`/v2/${repository}/tags/list`, exchange.query, next, page.limit);
      sendJson(exchange, { name: repository, tags: items }, link);
    },
    async listRepositories(exchange, principal) {
      const page = parsePage(exchange.query);
      const { items, next } = await listings.listRepositories(visibilityOf(principal), page);
      const link = presentLink('/v2/_catalog', exchange.query, next, page.limit);
      sendJson(exchange, { repositories: items }, link);
    },
    async listReferrers(exchange, repository, subject) {
      const page = parsePage(exchange.query);
      const artifactType = exchange.query.get('artifactType') ?? undefined;
      const found = await listings.listReferrers(repository, subject, artifactType, page);
      const path = `/v2/${repository}/referrers/${subject}`;
      const headers = presentLink(path, exchange.query, found.next, page.limit);
      if (artifactType !== undefined) headers.push('OCI-Filters-Applied', 'artifactType');
      sendJson(exchange, presentReferrers(found.items), headers, mediaType.ociIndex);
    },
  };
}
