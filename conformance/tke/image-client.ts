import { expect } from 'vitest';
import { z } from 'zod';
import { basicHeader } from '../../server/test/registry.ts';
import type { DataSet, ManifestItem } from '../data.ts';
import type { Answer } from './http.ts';
import { expectStatus } from './objects.ts';
import { DEFAULT_TENANT, SUFFIX, type TkeCall, type TkeWorld } from './world.ts';

export interface ImageUser {
  /** A user of the world; nobody unless told. */
  readonly as?: string;
  /** Shown in place of the user's password, such as an API key. */
  readonly password?: string;
  /** Whose host is used. */
  readonly tenant?: string;
}

const issued = z.looseObject({
  token: z.string(),
  access_token: z.string(),
  expires_in: z.number(),
  issued_at: z.string(),
});

/** Does what Docker does: asks, is challenged, gets a token where the challenge says, asks again. */
export class ImageClient {
  readonly #world: TkeWorld;
  readonly #user: ImageUser;
  readonly #tokens = new Map<string, string>();

  constructor(world: TkeWorld, user: ImageUser = {}) {
    this.#world = world;
    this.#user = user;
  }

  get #tenant(): string {
    return this.#user.tenant ?? DEFAULT_TENANT;
  }

  /** `/v2/` + path; a 401 is the answer only if a token did not help. */
  async request(path: string, call: TkeCall = {}): Promise<Answer> {
    const key = `${call.method ?? 'GET'} ${repositoryOf(path)}`;
    const first = await this.#send(path, call, this.#tokens.get(key));
    if (first.status !== 401) return first;
    const token = await this.#follow(first.headers['www-authenticate'] ?? '');
    if (token === undefined) return first;
    this.#tokens.set(key, token);
    return this.#send(path, call, token);
  }

  /** The token service's answer for scopes. */
  fetchToken(scopes: readonly string[], path = '/service/token'): Promise<Answer> {
    const query = new URLSearchParams([['service', 'tke'], ...scopes.map((s) => ['scope', s])]);
    return this.#world.call(`${path}?${query.toString()}`, this.#credentials());
  }

  /** Pushes blobs, then manifests, by their tags or else by digest. */
  async push(repository: string, set: DataSet): Promise<void> {
    for (const [digest, bytes] of set.blobs) await this.pushBlob(repository, digest, bytes);
    for (const item of set.manifests) {
      for (const reference of item.tags.length > 0 ? item.tags : [item.descriptor.digest]) {
        const answer = await this.putManifest(repository, reference, item);
        expectStatus(answer, 201);
        expectDigest(answer, item);
      }
    }
  }

  async pushBlob(repository: string, digest: string, bytes: Uint8Array): Promise<void> {
    const started = await this.request(`${repository}/blobs/uploads/`, { method: 'POST' });
    expectStatus(started, 202);
    const location = this.#locationOf(started);
    location.searchParams.append('digest', digest);
    const path = `${location.pathname}${location.search}`.replace(/^\/v2\//, '');
    const done = await this.request(path, {
      method: 'PUT',
      body: bytes,
      headers: { 'content-type': 'application/octet-stream' },
    });
    expectStatus(done, 201);
    expectSame(this.#locationOf(done).pathname, `/v2/${repository}/blobs/${digest}`);
  }

  putManifest(repository: string, reference: string, item: ManifestItem): Promise<Answer> {
    return this.request(`${repository}/manifests/${reference}`, {
      method: 'PUT',
      body: item.bytes,
      headers: { 'content-type': item.descriptor.mediaType },
    });
  }

  /** By all tags and digests, byte for byte, with all blobs. */
  async pullAll(repository: string, set: DataSet): Promise<void> {
    for (const item of set.manifests) {
      for (const reference of [item.descriptor.digest, ...item.tags]) {
        const { mediaType } = item.descriptor;
        const answer = await this.getManifest(repository, reference, mediaType);
        expectBytes(answer, item.bytes);
        expectSame(answer.headers['content-type'], mediaType);
        expectDigest(answer, item);
      }
    }
    for (const [digest, bytes] of set.blobs) {
      expectBytes(await this.request(`${repository}/blobs/${digest}`), bytes);
    }
  }

  getManifest(repository: string, reference: string, accept = '*/*'): Promise<Answer> {
    return this.request(`${repository}/manifests/${reference}`, { headers: { accept } });
  }

  #send(path: string, call: TkeCall, token: string | undefined): Promise<Answer> {
    return this.#world.call(`/v2/${path}`, {
      ...call,
      tenant: this.#tenant,
      headers: {
        ...call.headers,
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
    });
  }

  async #follow(challenge: string): Promise<string | undefined> {
    const { realm, service, scope } = parseChallenge(challenge);
    if (realm === undefined) return undefined;
    const url = new URL(realm);
    expectSame(url.host, `${this.#tenant}.${SUFFIX}`);
    const query = new URLSearchParams({ service: service ?? '' });
    if (scope !== undefined) query.append('scope', scope);
    const answer = await this.#world.call(
      `${url.pathname}?${query.toString()}`,
      this.#credentials(),
    );
    return answer.status === 200 ? issued.parse(answer.json).token : undefined;
  }

  #credentials(): TkeCall {
    const { as, password } = this.#user;
    const tenant = this.#tenant;
    if (as === undefined) return { tenant };
    if (password === undefined) return { tenant, as };
    return { tenant, headers: { authorization: basicHeader(as, password) } };
  }

  #locationOf(answer: Answer): URL {
    const origin = `http://${this.#tenant}.${SUFFIX}`;
    const location = new URL(answer.headers.location ?? 'nowhere:', origin);
    expectSame(location.origin, origin);
    return location;
  }
}

/** `Bearer realm="…",service="…",scope="…"` by field; empty for another scheme. */
export function parseChallenge(header: string): Readonly<Record<string, string>> {
  if (!header.startsWith('Bearer ')) return {};
  return Object.fromEntries(
    [...header.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = '', value = '']) => [name, value]),
  );
}

function expectSame(actual: string | undefined, expected: string): void {
  expect(actual).toBe(expected);
}

function expectDigest({ headers }: Answer, { descriptor }: ManifestItem): void {
  expect(headers['docker-content-digest']).toBe(descriptor.digest);
}

function expectBytes(answer: Answer, expected: Uint8Array): void {
  expectStatus(answer, 200);
  expect(answer.bytes.equals(expected)).toBe(true);
}

function repositoryOf(path: string): string {
  return /^(.+)\/(?:blobs|manifests|tags|referrers)\//.exec(path)?.[1] ?? path;
}
