const MAX_HEADER_LENGTH = 16_384;
const linkValue = /<([^<>]*)>((?:\s*;\s*[a-zA-Z0-9*_-]+\s*=\s*(?:"[^"]*"|[^\s",;]+))*)/g;
const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))/i;

/**
 * The target of the `rel="next"` link of a `Link` header (RFC 8288), resolved against `base`;
 * undefined when there is none or it leaves the origin of `base`.
 */
export function findNextLink(header: string | null, base: URL): URL | undefined {
  if (header === null || header.length > MAX_HEADER_LENGTH) return undefined;
  for (const [, target = '', parameters = ''] of header.matchAll(linkValue)) {
    const [, quoted, token] = relation.exec(parameters) ?? [];
    const relations = (quoted ?? token ?? '').toLowerCase().split(/\s+/);
    if (!relations.includes('next')) continue;
    const url = URL.parse(target, base.href);
    if (url !== null && url.origin === base.origin) return url;
  }
  return undefined;
}
