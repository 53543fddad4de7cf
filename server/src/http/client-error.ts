import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { type Problem, presentProblem } from './problem.ts';

/** What Node tells of a request that it cannot read. */
interface ParserError extends NodeJS.ErrnoException {
  /** Bytes, whatever the framework's types say. */
  readonly rawPacket?: unknown;
}

const HEAD = Buffer.from('HEAD ');

/**
 * Answers what HTTP's own parser refuses, in Harbor's envelope and with an `X-Request-Id`; there
 * is no request to answer then, only a connection, which ends.
 */
export function refuseUnparsed(error: ParserError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { status, body } = problemOf(error.code);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    `x-request-id: ${randomUUID()}`,
    'connection: close',
  ];
  // Whoever asked with HEAD takes a body for the next answer (RFC 9110 §9.3.2).
  const { rawPacket } = error;
  const isHead = Buffer.isBuffer(rawPacket) && rawPacket.subarray(0, HEAD.length).equals(HEAD);
  socket.end(`${head.join('\r\n')}\r\n\r\n${isHead ? '' : body}`, () => socket.destroy());
}

function problemOf(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return presentProblem(
      431,
      'REQUEST_HEADER_FIELDS_TOO_LARGE',
      'the request line and the headers are too large together',
    );
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return presentProblem(408, 'REQUEST_TIMEOUT', 'the request took too long to arrive');
  }
  return presentProblem(400, 'BAD_REQUEST', 'this is not well-formed HTTP');
}

/** Answers an `Expect` other than `100-continue` (RFC 9110 §10.1.1). */
export function refuseExpectation(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
): void {
  const message = 'the only expectation that can be met is 100-continue';
  sendRefusal(request, response, id, presentProblem(417, 'EXPECTATION_FAILED', message));
}

/** Answers without the framework, and ends the connection: nobody reads the rest of the body. */
export function sendRefusal(
  request: IncomingMessage,
  response: ServerResponse,
  id: string,
  { status, body }: Problem,
): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    connection: 'close',
    'x-request-id': id,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
