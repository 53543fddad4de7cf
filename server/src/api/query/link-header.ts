/** A page of a list: `page` from 1, `size` items each (0: all of them), of `total` items. */
export interface ListPage {
  /** The target of the request, path and query, as the client sent it. */
  readonly url: string;
  readonly page: number;
  readonly size: number;
  readonly total: number;
}

/**
 * The value of Harbor's `Link` header, relative to the host; undefined without neighbours.
 * Harbor decodes the query in it; here it stays encoded, since a client could otherwise write
 * links, or headers, of its own.
 */
export function linkHeader({ url, page, size, total }: ListPage): string | undefined {
  if (size <= 0) return undefined;
  const links: string[] = [];
  const link = (page: number, rel: string) => `<${pageUrl(url, page, size)}>; rel="${rel}"`;
  if (page > 1 && (page - 1) * size < total) links.push(link(page - 1, 'prev'));
  if (page * size < total) links.push(link(page + 1, 'next'));
  return links.length === 0 ? undefined : links.join(' , ');
}

function pageUrl(url: string, page: number, size: number): string {
  const [target = ''] = url.split('#');
  const at = target.indexOf('?');
  const path = at === -1 ? target : target.slice(0, at);
  const query = new URLSearchParams(at === -1 ? '' : target.slice(at + 1));
  query.set('page', String(page));
  query.set('page_size', String(size));
  return `${encodePath(path)}?${query.toString()}`;
}

/** A path from our own root: `//host/…` and `http://host/…` would name another host. */
function encodePath(path: string): string {
  const local = path.replace(/^[A-Za-z][A-Za-z0-9+.-]*:\/\/[^/]*/, '').replace(/^[/\\]+/, '');
  const encoded = local
    .toWellFormed()
    .replaceAll(/[^A-Za-z0-9\-._~!$&'()*+,;=:@%/]/gu, (character) => encodeURIComponent(character));
  return `/${encoded}`;
}
