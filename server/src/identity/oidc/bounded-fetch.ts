import { createOidcError } from './oidc.errors.ts';

/** No document of a provider is near it: discovery, keys, tokens, userinfo. */
export const MAX_DOCUMENT_BYTES = 1024 * 1024;

export type BoundedFetch = (url: string, options: RequestInit) => Promise<Response>;

async function readBounded(response: Response, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (size > limit) throw createOidcError('invalid', new Error(`more than ${limit} bytes`));
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** A fetch that never follows a redirect and never holds more than 1 MiB of an answer. */
export function createBoundedFetch(send: typeof fetch): BoundedFetch {
  return async (url, options) => {
    const response = await send(url, { ...options, redirect: 'manual' });
    const bytes = await readBounded(response, MAX_DOCUMENT_BYTES);
    const { status, statusText, headers } = response;
    // A Response of these statuses must not have a body, not even an empty one.
    const body = [101, 204, 205, 304].includes(status) ? null : bytes;
    return new Response(body, { status, statusText, headers });
  };
}
