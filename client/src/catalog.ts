import { collect, eachItem, getPage, type Page, type PageOptions, parseTexts } from './page.ts';
import type { Transport } from './transport.ts';

/** Throws RegistryError. */
export interface CatalogApi {
  /** One page of repository names. */
  catalogPage(options?: PageOptions): Promise<Page<string>>;
  /** All repositories the caller may see. */
  catalogEach(options?: PageOptions): AsyncGenerator<string, void, void>;
  catalogList(options?: PageOptions): Promise<string[]>;
}

const scopes = ['registry:catalog:*'];

/** The catalog, Docker's addition to the distribution spec. */
export function createCatalogApi(transport: Transport): CatalogApi {
  function catalogEach(options: PageOptions = {}) {
    return eachItem(transport, request(options), parse, options.signal);
  }

  return {
    catalogEach,
    catalogPage: (options = {}) => getPage(transport, request(options), parse, options.signal),
    catalogList: (options) => collect(catalogEach(options)),
  };
}

function request({ n, last }: PageOptions) {
  return { target: '/v2/_catalog', query: { n, last }, scopes };
}

function parse(body: unknown): string[] | undefined {
  return parseTexts(body, 'repositories');
}
