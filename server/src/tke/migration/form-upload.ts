/** Files as the body of a `multipart/form-data` upload, field by field, each with its file's name. */
export async function encodeForm(
  files: Readonly<Record<string, { readonly name: string; readonly content: Uint8Array }>>,
): Promise<{ readonly body: Uint8Array<ArrayBuffer>; readonly contentType: string }> {
  const form = new FormData();
  for (const [field, { name, content }] of Object.entries(files)) {
    form.set(field, new Blob([new Uint8Array(content)]), name);
  }
  // Node's fetch and undici's each know their own FormData only; bytes are understood by both.
  const encoded = new Response(form);
  const contentType = encoded.headers.get('content-type') ?? 'multipart/form-data';
  return { body: new Uint8Array(await encoded.arrayBuffer()), contentType };
}
