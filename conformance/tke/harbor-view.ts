import { z } from 'zod';
import { basicHeader } from '../../server/test/registry.ts';
import { addImage, createDataSet, type DataSet } from '../data.ts';
import { type Answer, ask } from './http.ts';
import type { OpenedHarbor, TkeWorld } from './world.ts';

const project = z.looseObject({
  project_id: z.number(),
  name: z.string(),
  metadata: z.looseObject({ public: z.string() }),
});

type HarborProject = z.infer<typeof project>;

interface HarborCall {
  readonly method?: string;
  readonly json?: unknown;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the existing Harbor; its administrator unless told. */
  readonly as?: readonly [username: string, password: string];
}

/** The existing Harbor as those see it who go there themselves, past the registry. */
export class HarborView {
  readonly #url: string;

  constructor(of: TkeWorld | OpenedHarbor) {
    this.#url = 'direct' in of ? of.direct : harborOf(of).direct;
  }

  call(path: string, { json, as, ...call }: HarborCall = {}): Promise<Answer> {
    return ask(new URL(path, this.#url), {
      ...call,
      ...(json !== undefined && { body: JSON.stringify(json) }),
      headers: {
        authorization: as === undefined ? basicHeader() : basicHeader(...as),
        ...(json !== undefined && { 'content-type': 'application/json' }),
        ...call.headers,
      },
    });
  }

  async createProject(name: string, isPublic = false): Promise<void> {
    const json = { project_name: name, metadata: { public: String(isPublic) } };
    await this.#make('/api/v2.0/projects', { method: 'POST', json });
  }

  async findProject(name: string): Promise<HarborProject | undefined> {
    const answer = await this.call(`/api/v2.0/projects/${name}`, {
      headers: { 'x-is-resource-name': 'true' },
    });
    return answer.status === 200 ? project.parse(answer.json) : undefined;
  }

  /** Whether it is public; undefined when there is none of this name. */
  async isPublic(name: string): Promise<boolean | undefined> {
    const found = await this.findProject(name);
    return found && found.metadata.public === 'true';
  }

  async listProjects(): Promise<string[]> {
    const found = await this.#listAll('/api/v2.0/projects', project);
    return found.map(({ name }) => name).toSorted();
  }

  /** With the name of their project. */
  async listRepositories(name: string): Promise<string[]> {
    const schema = z.looseObject({ name: z.string() });
    const found = await this.#listAll(`/api/v2.0/projects/${name}/repositories`, schema);
    return found.map((repository) => repository.name).toSorted();
  }

  async createUser(username: string, password: string): Promise<void> {
    const json = { username, password, email: `${username}@example.test`, realname: username };
    await this.#make('/api/v2.0/users', { method: 'POST', json });
  }

  /** @param role of Harbor: 1 project admin, 2 developer, 3 guest */
  async addMember(name: string, username: string, role: number): Promise<void> {
    const found = await this.findProject(name);
    const path = `/api/v2.0/projects/${found?.project_id}/members`;
    const json = { role_id: role, member_user: { username } };
    await this.#make(path, { method: 'POST', json });
  }

  /** Puts an image there whose repository begins with its project. */
  async push(repository: string, set: DataSet): Promise<void> {
    for (const [digest, body] of set.blobs) {
      const path = `/v2/${repository}/blobs/uploads/?digest=${digest}`;
      const headers = { 'content-type': 'application/octet-stream' };
      await this.#make(path, { method: 'POST', body, headers });
    }
    for (const { descriptor, bytes: body, tags } of set.manifests) {
      for (const reference of tags.length > 0 ? tags : [descriptor.digest]) {
        const headers = { 'content-type': descriptor.mediaType };
        const path = `/v2/${repository}/manifests/${reference}`;
        await this.#make(path, { method: 'PUT', body, headers });
      }
    }
  }

  /** By Harbor's own chart API. */
  async uploadChart(name: string, files: Readonly<Record<string, Buffer>>): Promise<void> {
    const form = new FormData();
    for (const [part, bytes] of Object.entries(files)) {
      const file = part === 'prov' ? 'chart.tgz.prov' : 'chart.tgz';
      form.append(part, new Blob([new Uint8Array(bytes)]), file);
    }
    const encoded = new Response(form);
    const body = new Uint8Array(await encoded.arrayBuffer());
    const headers = { 'content-type': encoded.headers.get('content-type') ?? '' };
    const path = `/api/chartrepo/${name}/charts`;
    await this.#make(path, { method: 'POST', body, headers });
  }

  async #make(path: string, call: HarborCall): Promise<void> {
    const { status, text } = await this.call(path, call);
    if (status !== 201) throw new Error(`${call.method} ${path}: ${status} ${text}`);
  }

  async #listAll<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
    const all: T[] = [];
    for (let page = 1; ; page += 1) {
      const answer = await this.call(`${path}?page=${page}&page_size=100`);
      const found = schema.array().parse(answer.json);
      all.push(...found);
      if (found.length < 100) return all;
    }
  }
}

export function harborOf({ harbor }: TkeWorld): NonNullable<TkeWorld['harbor']> {
  if (harbor === undefined) throw new Error('this world has no Harbor');
  return harbor;
}

/** An image of one small layer. */
export function smallImage(...tags: string[]): DataSet {
  const set = createDataSet();
  addImage(set, { tags, layerCount: 1 });
  return set;
}
