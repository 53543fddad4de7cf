import type { CallOptions } from './blob-upload.ts';
import { readBytes } from './body.ts';
import { findNextLink } from './link.ts';
import { RegistryError } from './registry-error.ts';
import type { Transport } from './transport.ts';

export interface Page<Item> {
  readonly items: readonly Item[];
  /** Where the next page is; undefined on the last one. */
  readonly next: URL | undefined;
  readonly headers: Headers;
}

export interface PageRequest {
  readonly target: string | URL;
  readonly query: Readonly<Record<string, string | number | undefined>>;
  readonly scopes: readonly string[];
}

export interface PageOptions extends CallOptions {
  /** How many items to ask for in a page. */
  readonly n?: number;
  /** The item after which to start. */
  readonly last?: string;
}

const MAX_PAGE_BYTES = 32 * 1024 * 1024;
const MAX_PAGES = 100_000;

/** One page of a list; `parse` takes the items out of the JSON body. Throws RegistryError. */
export async function getPage<Item>(
  transport: Transport,
  { target, query, scopes }: PageRequest,
  parse: (body: unknown) => readonly Item[] | undefined,
  signal?: AbortSignal,
): Promise<Page<Item>> {
  const url = new URL(target, transport.base);
  const response = await transport.expect([200], url, { query, scopes, signal });
  const bytes = await readBytes(response, MAX_PAGE_BYTES);
  const items = parse(parseJson(bytes));
  if (items === undefined) {
    throw new RegistryError(`the registry's answer for ${url.pathname} is no such list`, {
      status: 200,
    });
  }
  const next = findNextLink(response.headers.get('link'), url);
  return { items, next, headers: response.headers };
}

/** All items of a list, page after page. Ends when a page points at itself or one seen before. */
export async function* eachItem<Item>(
  transport: Transport,
  request: PageRequest,
  parse: (body: unknown) => readonly Item[] | undefined,
  signal?: AbortSignal,
): AsyncGenerator<Item, void, void> {
  const seen = new Set<string>();
  let page = await getPage(transport, request, parse, signal);
  for (;;) {
    yield* page.items;
    const { next } = page;
    if (next === undefined || seen.has(next.href) || seen.size >= MAX_PAGES) return;
    seen.add(next.href);
    page = await getPage(
      transport,
      { target: next, query: {}, scopes: request.scopes },
      parse,
      signal,
    );
  }
}

/** All items in memory. */
export async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const list: Item[] = [];
  for await (const item of items) list.push(item);
  return list;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The list of texts under `key`; null, which some registries send for none, counts as empty. */
export function parseTexts(body: unknown, key: string): string[] | undefined {
  if (typeof body !== 'object' || body === null) return undefined;
  const value: unknown = Object.entries(body).find(([name]) => name === key)?.[1];
  if (value === null) return [];
  if (!Array.isArray(value)) return undefined;
  const items: unknown[] = value;
  return items.every((item) => typeof item === 'string') ? items : undefined;
}
