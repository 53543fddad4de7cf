/**
 * The whole body of an answer. Throws RangeError, and hangs up, when it is longer than
 * `maximum` bytes.
 */
export async function readBytes(response: Response, maximum: number): Promise<Uint8Array> {
  if (response.body === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maximum) throw new RangeError(`the answer is longer than ${maximum} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}

/** Lets go of an answer whose body is not wanted, so that its connection can be used again. */
export async function discardBody(response: Response): Promise<void> {
  try {
    for await (const _chunk of response.body ?? []) {
      // Read to the end: cancelling would close the connection.
    }
  } catch {
    // The answer has been judged by its status already.
  }
}
