import type { IncomingHttpHeaders } from 'node:http';
import type { PlainReply } from '../http/index.ts';
import { createPage } from './page.ts';
import type { Encoding, PortalFile, PortalFiles } from './portal-files.ts';

export interface PortalRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface PortalOptions {
  /** Undefined when the portal is not built. */
  readonly built: PortalFiles | undefined;
  readonly basePath: string;
  /** Whether a path is at or below one that is served to programs. */
  isApi(path: string): boolean;
}

const ASSETS = '/assets/';

/** Answers what is the portal's: its files, and its page at every path that is nobody's. */
export class Portal {
  readonly #options: PortalOptions;
  readonly #presentPage: () => PlainReply;

  constructor(options: PortalOptions) {
    this.#options = options;
    this.#presentPage = createPage(options.built?.page, options.basePath);
  }

  /** Undefined for what is not the portal's. */
  find({ method, url, headers }: PortalRequest): PlainReply | undefined {
    if (method !== 'GET' && method !== 'HEAD') return undefined;
    const path = url.split('?', 1)[0] ?? '';
    const file = this.#options.built?.files.get(path);
    if (file !== undefined) return presentFile(path, file, headers);
    const isPage = headers.accept?.includes('text/html') === true;
    if (!isPage || path.startsWith(ASSETS) || this.#options.isApi(path)) return undefined;
    return this.#presentPage();
  }
}

function presentFile(path: string, file: PortalFile, asked: IncomingHttpHeaders): PlainReply {
  const encoding = findEncoding(asked['accept-encoding'], file.encoded);
  const etag = `"${file.hash}${encoding === undefined ? '' : `-${encoding}`}"`;
  const headers = {
    etag,
    vary: 'accept-encoding',
    // Names of assets carry hashes of what is in them.
    'cache-control': path.startsWith(ASSETS) ? 'public, max-age=31536000, immutable' : 'no-cache',
    'x-content-type-options': 'nosniff',
    'cross-origin-resource-policy': 'same-origin',
  };
  if (isMatch(asked['if-none-match'], etag)) return { status: 304, headers };
  return {
    status: 200,
    headers: {
      ...headers,
      'content-type': file.type,
      ...(encoding !== undefined && { 'content-encoding': encoding }),
    },
    body: (encoding && file.encoded.get(encoding)) ?? file.bytes,
  };
}

/** RFC 9110 §12.5.3; Brotli before gzip, as it is the smaller one. */
function findEncoding(
  header: string | string[] | undefined,
  present: PortalFile['encoded'],
): Encoding | undefined {
  const weights = new Map(
    String(header ?? '')
      .split(',')
      .map(parseCoding),
  );
  return (['br', 'gzip'] as const).find(
    (name) => present.has(name) && (weights.get(name) ?? weights.get('*') ?? 0) > 0,
  );
}

function parseCoding(text: string): [name: string, weight: number] {
  const [name = '', ...parameters] = text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  return [name, Number(weight ?? 1)];
}

/** RFC 9110 §13.1.2: the comparison is weak. */
function isMatch(header: string | undefined, etag: string): boolean {
  const tags = header?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags?.some((tag) => tag === etag || tag === '*') === true;
}
