import { type Digest, parseDigest } from './digest.ts';
import { OciError } from './error-code.ts';
import { isRepositoryName, parseReference, type Reference } from './reference.ts';

/** What a `/v2` URL names (distribution spec, "Endpoints"). */
export type V2Path =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | {
      readonly kind: 'manifest';
      readonly repository: string;
      readonly name: string;
      readonly reference: Reference;
    }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly uploadId: string }
  | { readonly kind: 'tags'; readonly repository: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: Digest };

const MAX_PATH_LENGTH = 1024;
const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * Reads a path by hand, from its end, since repository names contain slashes. Nothing is decoded:
 * every character that names and digests are made of stands for itself, `:` and `/` excepted,
 * which some clients escape in the last component.
 *
 * @param path the URL up to the `?`
 * @throws OciError NAME_INVALID, DIGEST_INVALID, MANIFEST_INVALID, BLOB_UPLOAD_UNKNOWN
 * @returns undefined when no endpoint has this shape
 */
export function parseV2Path(path: string): V2Path | undefined {
  if (path === '/v2/' || path === '/v2') return { kind: 'base' };
  if (path === '/v2/_catalog') return { kind: 'catalog' };
  if (path.length > MAX_PATH_LENGTH) throw new OciError('NAME_INVALID', 'the path is too long');
  const parts = path.slice('/v2/'.length).split('/');
  // `…/blobs/uploads/` is sent with and without its last slash.
  if (parts.at(-1) === '' && parts.at(-2) === 'uploads' && parts.at(-3) === 'blobs') parts.pop();
  const last = parts.pop() ?? '';
  const verb = parts.pop() ?? '';
  return endpoints.get(verb)?.(parts, last);
}

/** Reads what stands before and after the word that names an endpoint. */
type Endpoint = (parts: string[], last: string) => V2Path | undefined;

const endpoints: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  ['manifests', manifest],
  ['blobs', blob],
  ['uploads', (parts, last) => (parts.pop() === 'blobs' ? upload(parts, last) : undefined)],
  [
    'tags',
    (parts, last) =>
      last === 'list' ? { kind: 'tags', repository: repositoryOf(parts) } : undefined,
  ],
  [
    'referrers',
    (parts, last) => ({
      kind: 'referrers',
      repository: repositoryOf(parts),
      digest: digestOf(last),
    }),
  ],
]);

function manifest(parts: readonly string[], last: string): V2Path {
  const repository = repositoryOf(parts);
  const name = last.replaceAll(/%3a/gi, ':');
  return { kind: 'manifest', repository, name, reference: parseReference(name) };
}

function blob(parts: readonly string[], last: string): V2Path {
  const repository = repositoryOf(parts);
  if (last === 'uploads') return { kind: 'uploads', repository };
  return { kind: 'blob', repository, digest: digestOf(last) };
}

function upload(parts: readonly string[], uploadId: string): V2Path {
  const repository = repositoryOf(parts);
  if (!UPLOAD_ID.test(uploadId)) throw new OciError('BLOB_UPLOAD_UNKNOWN');
  return { kind: 'upload', repository, uploadId };
}

function digestOf(text: string): Digest {
  return parseDigest(text.replaceAll(/%3a/gi, ':'));
}

function repositoryOf(parts: readonly string[]): string {
  const name = parts.join('/');
  if (!isRepositoryName(name)) throw new OciError('NAME_INVALID');
  if (parts.length < 2) {
    throw new OciError('NAME_INVALID', 'a repository is named project/name');
  }
  return name;
}
