import { ProviderError } from '../provider.ts';
import { type HarborProject, projectAnswer } from './answers.ts';
import type { HarborApi } from './harbor-api.ts';

const BASE = '/api/v2.0/projects';
/** How often a project is emptied again that fills while it is deleted. */
const MAX_ROUNDS = 5;

/** Projects of a Harbor, each by its exact name. All throw ProviderError. */
export class HarborProjects {
  readonly #api: HarborApi;

  constructor(api: HarborApi) {
    this.#api = api;
  }

  async has(name: string): Promise<boolean> {
    const { status } = await this.#api.send({
      method: 'HEAD',
      path: BASE,
      query: { project_name: name },
      expected: [404],
    });
    return status !== 404;
  }

  /** Of exactly this name; lists are searched only where Harbor (< 2.2) knows no names in paths. */
  async find(name: string): Promise<HarborProject | undefined> {
    if (!(await this.has(name))) return undefined;
    const project = await this.#api.find(projectAnswer, {
      path: `${BASE}/${encodeURIComponent(name)}`,
      headers: { 'x-is-resource-name': 'true' },
      expected: [400, 422],
    });
    if (project?.name === name) return project;
    const similar = await this.#api.list(projectAnswer, { path: BASE, query: { name } });
    return similar.find((candidate) => candidate.name === name);
  }

  async create(
    name: string,
    { isPublic, adopt }: { readonly isPublic: boolean; readonly adopt: boolean },
  ): Promise<void> {
    if (await this.has(name)) {
      if (!adopt) throw taken();
      return this.setPublic(name, isPublic);
    }
    try {
      const metadata = { public: String(isPublic) };
      const { status } = await this.#api.send({
        method: 'POST',
        path: BASE,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ project_name: name, metadata }),
        expected: [409],
      });
      if (status !== 409) return;
    } catch (error) {
      if (await this.#wasCreated(name, error)) return;
      throw error;
    }
    if (!adopt) throw taken();
    await this.setPublic(name, isPublic);
  }

  async setPublic(name: string, isPublic: boolean): Promise<void> {
    const project = await this.find(name);
    if (project === undefined) throw new ProviderError('not-found', 'there is no such project');
    await this.#api.send({
      method: 'PUT',
      path: `${BASE}/${project.project_id}`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { public: String(isPublic) } }),
    });
  }

  /** @param empty deletes what is in it now; called again when more has come */
  async delete(name: string, empty: () => Promise<void>): Promise<void> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const project = await this.find(name);
      if (project === undefined) return;
      await empty();
      // By id: what was looked up by name is deleted, and nothing else (B43).
      const path = `${BASE}/${project.project_id}`;
      const { status } = await this.#api.send({ method: 'DELETE', path, expected: [404, 412] });
      if (status !== 412) return;
    }
    throw new ProviderError('unavailable', 'the project fills while it is deleted; try again');
  }

  /**
   * Whether a request that failed half-way made the project: it was not there before, is ours and
   * is empty. Without this, trying again would find our own project and call it somebody else's.
   */
  async #wasCreated(name: string, error: unknown): Promise<boolean> {
    if (!(error instanceof ProviderError) || error.kind !== 'unavailable') return false;
    const project = await this.find(name).catch(() => undefined);
    return project?.owner_name === this.#api.username && (project.repo_count ?? 0) === 0;
  }
}

function taken(): ProviderError {
  return new ProviderError('conflict', 'a project of that name exists already');
}
