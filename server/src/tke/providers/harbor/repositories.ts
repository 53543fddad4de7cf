import { mapConcurrently } from '../concurrency.ts';
import type { ProviderRepository } from '../provider.ts';
import { artifactAnswer, type HarborArtifact, repositoryAnswer } from './answers.ts';
import type { HarborApi } from './harbor-api.ts';

/** Few enough for a Harbor that does its work in the request. */
const DELETIONS_AT_ONCE = 4;

/** Repositories of a Harbor's projects, named below their project. All throw ProviderError. */
export class HarborRepositories {
  readonly #api: HarborApi;

  constructor(api: HarborApi) {
    this.#api = api;
  }

  async list(project: string): Promise<string[]> {
    const prefix = `${project}/`;
    const found = await this.#api.list(repositoryAnswer, {
      path: `${projectPath(project)}/repositories`,
      query: { sort: 'name' },
    });
    const names = found
      .map(({ name }) => name)
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
    // What comes and goes meanwhile moves the pages.
    return [...new Set(names)];
  }

  async describe(project: string, repository: string): Promise<ProviderRepository | undefined> {
    const path = repositoryPath(project, repository);
    const found = await this.#api.find(repositoryAnswer, { path });
    if (found === undefined || (found.artifact_count ?? 0) === 0) return undefined;
    const tagged = await this.listTagged(project, repository);
    const tags = tagged.flatMap(({ digest, tags }) =>
      (tags ?? []).map((tag) => ({ name: tag.name, digest, createdAt: tag.push_time })),
    );
    const unique = new Map(tags.map((tag) => [tag.name, tag]));
    const sorted = [...unique.values()].toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return { tags: sorted, pullCount: found.pull_count ?? 0 };
  }

  /** How often it was pulled; undefined when it is not there or empty. */
  async findPullCount(project: string, repository: string): Promise<number | undefined> {
    const path = repositoryPath(project, repository);
    const found = await this.#api.find(repositoryAnswer, { path });
    return (found?.artifact_count ?? 0) === 0 ? undefined : (found?.pull_count ?? 0);
  }

  /** Its artifacts that have tags. */
  listTagged(project: string, repository: string): Promise<HarborArtifact[]> {
    return this.#api.list(artifactAnswer, {
      path: `${repositoryPath(project, repository)}/artifacts`,
      query: { q: 'tags=*', with_tag: 'true', with_label: 'false' },
    });
  }

  /** By tag or digest. */
  findArtifact(
    project: string,
    repository: string,
    reference: string,
  ): Promise<HarborArtifact | undefined> {
    return this.#api.find(artifactAnswer, {
      path: artifactPath(project, repository, reference),
      query: { with_tag: 'true' },
    });
  }

  /** With everything in it; absent is done (B44). */
  async delete(project: string, repository: string): Promise<void> {
    await this.#delete(repositoryPath(project, repository));
  }

  async deleteAll(project: string): Promise<void> {
    const names = await this.list(project);
    await mapConcurrently(names, DELETIONS_AT_ONCE, (name) => this.delete(project, name));
  }

  /** With all its tags; false when it is not there. */
  deleteArtifact(project: string, repository: string, reference: string): Promise<boolean> {
    return this.#delete(artifactPath(project, repository, reference));
  }

  /** The artifact stays; false when it does not have the tag. */
  deleteTag(project: string, repository: string, digest: string, tag: string): Promise<boolean> {
    return this.#delete(
      `${artifactPath(project, repository, digest)}/tags/${encodeURIComponent(tag)}`,
    );
  }

  async #delete(path: string): Promise<boolean> {
    const { status } = await this.#api.send({ method: 'DELETE', path, expected: [404] });
    return status !== 404;
  }
}

function projectPath(project: string): string {
  return `/api/v2.0/projects/${encodeURIComponent(project)}`;
}

/** The name is encoded twice: its slashes must outlive one decoding by a router (B44). */
function repositoryPath(project: string, repository: string): string {
  const name = encodeURIComponent(encodeURIComponent(repository));
  return `${projectPath(project)}/repositories/${name}`;
}

function artifactPath(project: string, repository: string, reference: string): string {
  return `${repositoryPath(project, repository)}/artifacts/${encodeURIComponent(reference)}`;
}
