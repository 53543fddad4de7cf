import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Exchange } from '../../http/index.ts';
import type { Names } from '../names.ts';
import type { ImageBackEnd } from './back-end.ts';
import { guardResponse } from './guarded-response.ts';
import { createNameView } from './name-view.ts';
import type { Passage, Passages } from './passage.ts';

/** The distribution API of this registry, in this process. */
export interface NativeDistribution {
  answerFromMemory(request: IncomingMessage, response: ServerResponse, id: string): boolean;
  serve(request: IncomingMessage, response: ServerResponse, id: string): Promise<void>;
  settle(): Promise<void>;
}

export interface BuiltinImagesPorts {
  readonly distribution: NativeDistribution;
  readonly names: Names;
  /** Shared with the authorizer that the distribution was made with. */
  readonly passages: Passages;
}

/** Hands requests to this registry's own distribution API, under the names that it stores. */
export function createBuiltinImages(ports: BuiltinImagesPorts): ImageBackEnd {
  return new BuiltinImages(ports);
}

class BuiltinImages implements ImageBackEnd {
  readonly #ports: BuiltinImagesPorts;

  constructor(ports: BuiltinImagesPorts) {
    this.#ports = ports;
  }

  answerFromMemory(
    request: IncomingMessage,
    response: ServerResponse,
    id: string,
    passage: Passage,
  ): boolean {
    // A manifest from memory has no name in its headers, and none of ours in its body.
    const { url } = request;
    request.url = passage.storedUrl;
    this.#ports.passages.set(request, passage);
    if (this.#ports.distribution.answerFromMemory(request, response, id)) return true;
    if (url !== undefined) request.url = url;
    return false;
  }

  async serve({ request, response, requestId }: Exchange, passage: Passage): Promise<void> {
    const { names, passages, distribution } = this.#ports;
    const { tenant, path, stored } = passage;
    const { repository } = path;
    const view = createNameView({ names, tenant, repository, stored, hosts: [] });
    const isTagList = path.kind === 'tags';
    guardResponse(response, { view, repository, stored, isTagList });
    passages.set(request, passage);
    request.url = storedUrl(passage);
    // The length of a list is that of its translation: it has to be there to be known.
    if (isTagList) request.method = 'GET';
    await distribution.serve(request, response, requestId);
  }

  settle(): Promise<void> {
    return this.#ports.distribution.settle();
  }
}

/** The URL with the stored name, and only with mounts that the caller is allowed. */
function storedUrl({ path, storedUrl: url, mountFrom }: Passage): string {
  if (path.kind !== 'uploads') return url;
  const [start = '', text = ''] = url.split('?', 2);
  const query = new URLSearchParams(text);
  if (mountFrom === undefined) query.delete('mount');
  query.delete('from');
  if (mountFrom !== undefined) query.set('from', mountFrom);
  return `${start}?${query.toString()}`;
}
