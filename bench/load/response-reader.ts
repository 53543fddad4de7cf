/** An HTTP answer as far as the generator cares. */
export interface Answer {
  readonly status: number;
  /** Body bytes received; 0 for HEAD, 204 and 304. */
  readonly bytes: number;
  /** Header block without the status line, as received. */
  readonly headers: string;
  /** The body, if it was asked for. */
  readonly body: string;
}

export interface Expectation {
  /** False for HEAD, whose Content-Length announces nothing. */
  readonly hasBody: boolean;
  readonly keepBody: boolean;
}

export interface ResponseReader {
  /** Must be called before the first byte of each answer. */
  expect(expectation: Expectation): void;
  /** Takes the next bytes; `chunk` may be reused by the caller afterwards. Throws on bad HTTP. */
  read(chunk: Buffer): void;
}

const HEAD_END = '\r\n\r\n';
const MAX_HEAD_BYTES = 64 * 1024;

/**
 * Reads HTTP/1.1 answers (RFC 9112) one after another, with Content-Length or chunked, and calls
 * `onAnswer` at the end of each. Body bytes are counted where they lie and never copied, unless
 * the expectation asks to keep them.
 */
export function createResponseReader(onAnswer: (answer: Answer) => void): ResponseReader {
  let expectation: Expectation = { hasBody: true, keepBody: false };
  let pending = '';
  let head: { status: number; headers: string } | undefined;
  let body: BodyCounter | undefined;
  let kept: Buffer[] = [];

  function readHead(chunk: Buffer): Buffer | undefined {
    const before = pending.length;
    pending += chunk.toString('latin1', 0, Math.min(chunk.length, MAX_HEAD_BYTES));
    const end = pending.indexOf(HEAD_END);
    if (end < 0) {
      if (pending.length > MAX_HEAD_BYTES) throw new Error('answer without end of headers');
      return undefined;
    }
    head = parseHead(pending.slice(0, end + 2));
    pending = '';
    body = createBodyCounter(head.headers, expectation.hasBody && mayHaveBody(head.status));
    return chunk.subarray(end + HEAD_END.length - before);
  }

  function finish(bytes: number): void {
    if (head === undefined) return;
    const answer = { ...head, bytes, body: Buffer.concat(kept).toString('utf8') };
    head = undefined;
    body = undefined;
    kept = [];
    onAnswer(answer);
  }

  return {
    expect(next) {
      expectation = next;
    },
    read(chunk) {
      let rest = chunk;
      if (body === undefined) {
        const after = readHead(chunk);
        if (after === undefined) return;
        rest = after;
      }
      if (body === undefined) return;
      if (expectation.keepBody) kept.push(Buffer.from(rest));
      if (body.count(rest)) finish(body.bytes());
    },
  };
}

function parseHead(text: string): { status: number; headers: string } {
  const match = /^HTTP\/1\.[01] (\d{3})[^\r]*\r\n/.exec(text);
  if (match === null) throw new Error(`not an HTTP/1.1 answer: ${text.slice(0, 40)}`);
  return { status: Number(match[1]), headers: text.slice(match[0].length) };
}

function mayHaveBody(status: number): boolean {
  return status >= 200 && status !== 204 && status !== 304;
}

/** The value of a header, or undefined; `name` is matched without regard to case. */
export function findHeader(headers: string, name: string): string | undefined {
  const match = new RegExp(`^${name}:[ \\t]*([^\\r]*)\\r`, 'im').exec(headers);
  return match?.[1];
}

interface BodyCounter {
  /** Takes bytes; true once the body is complete. */
  count(chunk: Buffer): boolean;
  bytes(): number;
}

function createBodyCounter(headers: string, hasBody: boolean): BodyCounter {
  if (!hasBody) return createLengthCounter(0);
  if (/^transfer-encoding:[^\r]*chunked/im.test(headers)) return createChunkCounter();
  const length = findHeader(headers, 'content-length');
  if (length === undefined) throw new Error('answer with neither Content-Length nor chunks');
  return createLengthCounter(Number(length));
}

function createLengthCounter(length: number): BodyCounter {
  let received = 0;
  return {
    count(chunk) {
      received += chunk.length;
      if (received > length) throw new Error(`${received - length} bytes after the body`);
      return received === length;
    },
    bytes: () => received,
  };
}

/** RFC 9112 §7.1; trailers other than the empty one are refused. */
function createChunkCounter(): BodyCounter {
  let total = 0;
  let left = 0;
  let line = '';
  let state: 'size' | 'data' | 'data-end' | 'last' = 'size';
  return {
    count(chunk) {
      let offset = 0;
      while (offset < chunk.length) {
        if (state === 'data') {
          const taken = Math.min(left, chunk.length - offset);
          offset += taken;
          left -= taken;
          total += taken;
          if (left === 0) state = 'data-end';
          continue;
        }
        line += String.fromCharCode(chunk[offset] ?? 0);
        offset += 1;
        if (!line.endsWith('\r\n')) continue;
        if (state === 'last') return true;
        if (state === 'size') {
          left = Number.parseInt(line, 16);
          if (Number.isNaN(left)) throw new Error(`bad chunk size ${JSON.stringify(line)}`);
          state = left === 0 ? 'last' : 'data';
        } else {
          state = 'size';
        }
        line = '';
      }
      return false;
    },
    bytes: () => total,
  };
}
