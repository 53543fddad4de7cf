import type { Readable } from 'node:stream';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/** An answer that knows nothing of the framework. */
export interface PlainReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable | undefined;
}

export function sendReply(
  { raw }: FastifyRequest,
  reply: FastifyReply,
  { status, headers, body }: PlainReply,
): FastifyReply {
  // Nobody reads the rest of a body that was refused.
  if (!raw.complete) void reply.header('connection', 'close');
  return reply.code(status).header('x-content-type-options', 'nosniff').headers(headers).send(body);
}

/** What the framework refuses, such as a header that is no media type, in the scope's own words. */
export function refuseAs(
  scope: FastifyInstance,
  present: (status: number, message: string) => PlainReply,
): void {
  scope.setErrorHandler((error: FastifyError, request, reply) => {
    const { statusCode: status = 500, message } = error;
    if (status >= 500) throw error;
    return sendReply(request, reply, present(status, message));
  });
}
