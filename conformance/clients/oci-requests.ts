import { computeDigest } from './layout.ts';
import type { RegistryUnderTest } from './registry.ts';

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/** A client's requests to one repository, one by one, with the token dance of oras-go. */
export interface OciRequests {
  /** HEAD, then POST and PUT unless it is there: what oras-go and go-containerregistry send. */
  pushBlob(mediaType: string, bytes: Buffer | string): Promise<Descriptor>;
  /** @throws Error unless it is created; `subject` is the answer's `OCI-Subject` */
  pushManifest(
    manifest: object,
    reference?: string,
  ): Promise<Descriptor & { readonly subject: string | undefined }>;
  /** Any request below `/v2/<repository>/`, with a token. */
  send(
    method: string,
    path: string,
    options?: { readonly headers?: Record<string, string>; readonly body?: Buffer | string },
  ): Promise<Response>;
}

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export function createOciRequests(registry: RegistryUnderTest, repository: string): OciRequests {
  const { username, password } = registry;
  const basic = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  let token = '';

  /** Asks the realm of a challenge for the token that it wants. */
  async function login(challenge: string): Promise<string> {
    const parameters = new Map(
      [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
    );
    const url = new URL(parameters.get('realm') ?? '');
    url.searchParams.set('service', parameters.get('service') ?? '');
    url.searchParams.set('scope', `repository:${repository}:pull,push`);
    const response = await fetch(url, { headers: { authorization: basic } });
    const answer: unknown = await response.json();
    const given =
      typeof answer === 'object' && answer !== null && 'token' in answer && answer.token;
    if (typeof given !== 'string') throw new Error(`no token: ${JSON.stringify(answer)}`);
    return given;
  }

  const send: OciRequests['send'] = async (method, path, { headers = {}, body } = {}) => {
    const url = new URL(path, `${registry.url}/v2/${repository}/`);
    const request = () =>
      fetch(url, {
        method,
        headers: { ...headers, ...(token !== '' && { authorization: `Bearer ${token}` }) },
        ...(body !== undefined && { body }),
      });
    const first = await request();
    const challenge = first.headers.get('www-authenticate');
    if (first.status !== 401 || challenge === null) return first;
    await first.arrayBuffer();
    token = await login(challenge);
    return request();
  };

  async function expect(response: Response, status: number, what: string): Promise<Response> {
    if (response.status === status) return response;
    throw new Error(`${what}: expected ${status}, got ${response.status} ${await response.text()}`);
  }

  return {
    send,
    async pushBlob(mediaType, bytes) {
      const digest = computeDigest(bytes);
      const descriptor = { mediaType, digest, size: Buffer.byteLength(bytes) };
      if ((await send('HEAD', `blobs/${digest}`)).status === 200) return descriptor;
      const started = await expect(await send('POST', 'blobs/uploads/'), 202, 'POST of an upload');
      const url = new URL(started.headers.get('location') ?? '', registry.url);
      url.searchParams.set('digest', digest);
      const headers = { 'content-type': 'application/octet-stream' };
      await expect(await send('PUT', url.href, { headers, body: bytes }), 201, 'PUT of a blob');
      return descriptor;
    },
    async pushManifest(manifest, reference) {
      const body = JSON.stringify(manifest);
      const digest = computeDigest(body);
      const path = `manifests/${reference ?? digest}`;
      const mediaType =
        'mediaType' in manifest && typeof manifest.mediaType === 'string'
          ? manifest.mediaType
          : MANIFEST;
      const headers = { 'content-type': mediaType };
      const response = await expect(await send('PUT', path, { headers, body }), 201, `PUT ${path}`);
      const subject = response.headers.get('oci-subject') ?? undefined;
      return { mediaType, digest, size: Buffer.byteLength(body), subject };
    },
  };
}
