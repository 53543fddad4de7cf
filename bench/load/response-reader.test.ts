import { describe, expect, it } from 'vitest';
import { type Answer, createResponseReader, findHeader } from './response-reader.ts';

function readAll(text: string, step: number, options = { hasBody: true, keepBody: false }) {
  const answers: Answer[] = [];
  const reader = createResponseReader((answer) => answers.push(answer));
  reader.expect(options);
  const bytes = Buffer.from(text, 'latin1');
  for (let offset = 0; offset < bytes.length; offset += step) {
    reader.read(bytes.subarray(offset, offset + step));
  }
  return answers;
}

const plain = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nX-Two: b\r\n\r\nhello';
const chunked =
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n';

describe('createResponseReader', () => {
  it.each([1, 2, 7, 1000])('counts a body by its length, in pieces of %i bytes', (step) => {
    expect(readAll(plain, step)).toMatchObject([{ status: 200, bytes: 5, body: '' }]);
  });

  it.each([1, 3, 1000])('counts a chunked body, in pieces of %i bytes', (step) => {
    expect(readAll(chunked, step)).toMatchObject([{ status: 200, bytes: 15 }]);
  });

  it('keeps the body when asked to', () => {
    expect(readAll(plain, 4, { hasBody: true, keepBody: true })).toMatchObject([{ body: 'hello' }]);
  });

  it('reads answers one after another on one connection', () => {
    const answers: Answer[] = [];
    const reader = createResponseReader((answer) => answers.push(answer));
    reader.expect({ hasBody: true, keepBody: false });
    reader.read(Buffer.from(plain));
    reader.read(Buffer.from(plain));
    expect(answers.map(({ bytes }) => bytes)).toEqual([5, 5]);
  });

  it('expects no body of HEAD, whatever the length says', () => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n';
    expect(readAll(head, 9, { hasBody: false, keepBody: false })).toMatchObject([{ bytes: 0 }]);
  });

  it.each([204, 304])('expects no body of %i', (status) => {
    expect(readAll(`HTTP/1.1 ${status} x\r\nETag: "a"\r\n\r\n`, 9)).toMatchObject([{ status }]);
  });

  it('is not done before the last byte', () => {
    expect(readAll(plain.slice(0, -1), 1000)).toEqual([]);
    expect(readAll(chunked.slice(0, -1), 1000)).toEqual([]);
  });

  it.each([
    ['1 bytes after the body', `${plain}!`],
    ['neither Content-Length nor chunks', 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n'],
    ['not an HTTP/1.1 answer', 'SSH-2.0-x\r\n\r\n'],
    ['bad chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n'],
  ])('throws on %s', (message, text) => {
    expect(() => readAll(text, 1000)).toThrow(message);
  });
});

describe('findHeader', () => {
  it('ignores the case of the name and finds no part of another name', () => {
    expect(findHeader('X-Location: /a\r\nLOCATION:  /b\r\n', 'location')).toBe('/b');
    expect(findHeader('X-Location: /a\r\n', 'location')).toBeUndefined();
  });
});
