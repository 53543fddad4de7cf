import { randomBytes } from 'node:crypto';

export interface FilePart {
  readonly field: string;
  readonly filename: string;
  readonly content: Uint8Array;
}

/** A body of multipart/form-data (RFC 7578) and its Content-Type. */
export function buildMultipart(parts: readonly FilePart[]): {
  readonly contentType: string;
  readonly body: Buffer;
} {
  const boundary = `berth-${randomBytes(16).toString('hex')}`;
  const chunks = parts.flatMap(({ field, filename, content }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${filename}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
    content,
    Buffer.from('\r\n'),
  ]);
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]),
  };
}
