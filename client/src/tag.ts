import { collect, eachItem, getPage, type Page, type PageOptions, parseTexts } from './page.ts';
import { pullScopes, repositoryPath } from './repository-path.ts';
import type { Transport } from './transport.ts';

/** Throws RegistryError, with status 404 for an unknown repository. */
export interface TagApi {
  /** One page of tags. */
  tagPage(repository: string, options?: PageOptions): Promise<Page<string>>;
  /** All tags, in the registry's order. */
  tagEach(repository: string, options?: PageOptions): AsyncGenerator<string, void, void>;
  /** All tags in memory. */
  tagList(repository: string, options?: PageOptions): Promise<string[]>;
}

/** Tags (distribution spec, "Listing Tags"). */
export function createTagApi(transport: Transport): TagApi {
  function tagEach(repository: string, options: PageOptions = {}) {
    return eachItem(transport, request(repository, options), parse, options.signal);
  }

  return {
    tagEach,
    tagPage: (repository, options = {}) =>
      getPage(transport, request(repository, options), parse, options.signal),
    tagList: (repository, options) => collect(tagEach(repository, options)),
  };
}

function request(repository: string, { n, last }: PageOptions) {
  return {
    target: repositoryPath(repository, 'tags/list'),
    query: { n, last },
    scopes: pullScopes(repository),
  };
}

function parse(body: unknown): string[] | undefined {
  return parseTexts(body, 'tags');
}
