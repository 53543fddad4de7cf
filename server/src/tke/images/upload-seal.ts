import { OciError } from '@berth/oci';
import { brokenUpstream } from './upstream-error.ts';

/** A box with a key of the installation, such as `SecretBox`. */
export interface Sealer {
  seal(plaintext: string, context: string): string;
  /** @throws Error for what was not sealed with this context */
  open(sealed: string, context: string): string;
}

/** Whose upload it is: a sealed address is good for nobody else and nowhere else. */
export interface UploadOwner {
  readonly tenant: string;
  readonly repository: string;
  /** A key of the caller that lasts as long as uploads do. */
  readonly caller: string;
  readonly uploadId: string;
}

const PARAMETER = '_state';
const MAX_LENGTH = 4_096;

/**
 * What follows `/v2/{stored}/blobs/uploads/` in a Location of the existing Harbor. Its host counts
 * for nothing: Harbor writes the one that its own clients use.
 *
 * @throws OciError UNAVAILABLE for any other Location
 */
export function uploadSuffix(location: string | undefined, stored: string): string {
  const url = URL.parse(location ?? '', 'http://upstream.invalid');
  const prefix = `/v2/${stored}/blobs/uploads/`;
  if (url === null || !url.pathname.startsWith(prefix)) {
    throw brokenUpstream('the Location of an upload is none');
  }
  const suffix = url.pathname.slice(prefix.length);
  if (!/^[\w.=-]{1,1000}$/.test(suffix) || url.search.length > MAX_LENGTH) {
    throw brokenUpstream('the Location of an upload is none');
  }
  return suffix + url.search;
}

/**
 * The address of an upload for the client. What the existing Harbor wrote is sealed into it: its
 * `_state` has the stored name inside.
 */
export function sealUpload(sealer: Sealer, owner: UploadOwner, suffix: string): string {
  const sealed = encodeURIComponent(sealer.seal(suffix, contextOf(owner)));
  return `/v2/${owner.repository}/blobs/uploads/${owner.uploadId}?${PARAMETER}=${sealed}`;
}

/** @throws OciError BLOB_UPLOAD_UNKNOWN */
export function openUpload(sealer: Sealer, owner: UploadOwner, query: URLSearchParams): string {
  const sealed = query.get(PARAMETER);
  if (sealed === null) throw new OciError('BLOB_UPLOAD_UNKNOWN');
  try {
    return sealer.open(sealed, contextOf(owner));
  } catch (error) {
    throw new OciError('BLOB_UPLOAD_UNKNOWN', undefined, { cause: error });
  }
}

function contextOf({ tenant, repository, caller, uploadId }: UploadOwner): string {
  return JSON.stringify(['tke upload', tenant, repository, caller, uploadId]);
}
