import type { FastifyInstance, FastifyRequest } from 'fastify';

const MAX_BYTES = 64 * 1024;

/** Reads `application/x-www-form-urlencoded` bodies of up to 64 KiB in the scope. */
export function acceptForms(scope: FastifyInstance): void {
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_BYTES },
    (_request, body, parsed) => parsed(null, new URLSearchParams(String(body))),
  );
}

/** The form that was sent; an empty one for any other body. */
export function formOf({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams();
}
