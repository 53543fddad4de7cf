import { isDigest, isTag } from '@berth/oci';
import type { ProjectPolicy } from '../access/index.ts';
import type { RepositoryDirectory } from '../artifacts/index.ts';
import { AppError } from '../lib/index.ts';
import type {
  Accessory,
  ArtifactDetail,
  ArtifactRecord,
  ArtifactView,
  Listed,
  Page,
  Tag,
} from './artifact.ts';
import type { ArtifactDetailRepository, DetailFilter } from './artifact-detail.repository.ts';
import type { ArtifactDetails } from './artifact-details.ts';
import type { ArtifactListRepository } from './artifact-list.repository.ts';
import { type ArtifactQuery, isSeekable, stableKeyOf } from './artifact-query.ts';
import type { ArtifactRowRepository } from './artifact-row.repository.ts';
import { surveyIfFar } from './list-survey.ts';
import { chooseWindow } from './list-window.ts';
import type { ListedCounts } from './listed-counts.ts';
import type { ProjectArtifactListRepository } from './project-artifact-list.repository.ts';
import { type RepositoryMemo, totalOf } from './repository-memo.ts';
import {
  artifactNotFound,
  findRepositoryName,
  getRepositoryName,
  type RepositoryPath,
} from './repository-name.ts';

/** An addition of an artifact as bytes. */
export interface Addition {
  readonly contentType: string;
  readonly body: Buffer;
}

export interface AdditionReader {
  /** @throws AppError invalid (not of this type of artifact), not-found */
  readAddition(
    repository: string,
    content: Buffer,
    mediaType: string,
    addition: string,
  ): Promise<Addition>;
}

export interface ArtifactReaderPorts {
  readonly directory: Pick<RepositoryDirectory, 'findId'>;
  readonly memo: RepositoryMemo;
  readonly counts: ListedCounts;
  readonly lists: ArtifactListRepository;
  readonly projectLists: ProjectArtifactListRepository;
  readonly rows: Pick<ArtifactRowRepository, 'find' | 'findContent'>;
  readonly detailRows: Pick<ArtifactDetailRepository, 'listTagPage' | 'listAccessoryPage'>;
  readonly details: ArtifactDetails;
  readonly additions: AdditionReader;
}

export interface ArtifactReader {
  /** Empty for a repository that does not exist, as in Harbor. */
  listArtifacts(
    at: RepositoryPath,
    query: ArtifactQuery,
    page: Page,
    detail: ArtifactDetail,
  ): Promise<Listed<ArtifactView>>;
  listArtifactsOfProject(
    project: ProjectPolicy,
    query: ArtifactQuery,
    page: Page,
    detail: ArtifactDetail,
  ): Promise<Listed<ArtifactView>>;
  /**
   * Of each repository the artifact of one media type, or of one artifact type, pushed last.
   *
   * @throws AppError invalid unless the query names one of the two
   */
  listLatestOfProject(
    project: ProjectPolicy,
    query: ArtifactQuery,
    page: Page,
    detail: ArtifactDetail,
  ): Promise<Listed<ArtifactView>>;
  /** By tag or digest, accessories too. @throws AppError not-found */
  getArtifact(at: RepositoryPath, reference: string, detail: ArtifactDetail): Promise<ArtifactView>;
  /** The same without details. @throws AppError not-found */
  getRecord(at: RepositoryPath, reference: string): Promise<ArtifactRecord>;
  /** @throws AppError not-found */
  listTags(
    at: RepositoryPath,
    reference: string,
    filter: DetailFilter,
    options: Page & { readonly immutability: boolean },
  ): Promise<Listed<Tag>>;
  /** @throws AppError not-found */
  listAccessories(
    at: RepositoryPath,
    reference: string,
    filter: DetailFilter,
    page: Page,
  ): Promise<Listed<Accessory>>;
  /** @throws AppError not-found, invalid (not of this type of artifact) */
  getAddition(at: RepositoryPath, reference: string, addition: string): Promise<Addition>;
}

export function createArtifactReader(ports: ArtifactReaderPorts): ArtifactReader {
  return new Reader(ports);
}

class Reader implements ArtifactReader {
  readonly #ports: ArtifactReaderPorts;

  constructor(ports: ArtifactReaderPorts) {
    this.#ports = ports;
  }

  async listArtifacts(
    at: RepositoryPath,
    query: ArtifactQuery,
    page: Page,
    detail: ArtifactDetail,
  ): Promise<Listed<ArtifactView>> {
    const name = findRepositoryName(at);
    const id = name === undefined ? undefined : await this.#ports.directory.findId(name);
    if (name === undefined || id === undefined) return { items: [], total: 0 };
    const { items, total } = await this.#listPage({ name, id }, query, page);
    return { items: await this.#ports.details.view(items, detail), total };
  }

  async #listPage(
    { name, id }: { readonly name: string; readonly id: number },
    query: ArtifactQuery,
    page: Page,
  ): Promise<Listed<ArtifactRecord>> {
    const { memo, lists } = this.#ports;
    const key = stableKeyOf(query.filter);
    const count = () => lists.count(id, query.filter);
    const bookmarks =
      key !== undefined && isSeekable(query.sorts)
        ? memo.open(name, `${key}${JSON.stringify(query.sorts)}`)
        : undefined;
    const total = await (key === undefined ? count() : totalOf(memo.open(name, key), count));
    let window = chooseWindow(page, total, bookmarks?.findBookmark(page.offset));
    if (window === undefined) return { items: [], total };
    const read = (every: number) => lists.survey(id, query, every);
    if (bookmarks !== undefined && (await surveyIfFar(bookmarks, { ...window, total }, read))) {
      window = chooseWindow(page, total, bookmarks.findBookmark(page.offset)) ?? window;
    }
    const { artifacts, lastPlace } = await lists.list(id, query, window);
    if (lastPlace !== undefined && artifacts.length === page.limit) {
      bookmarks?.putBookmark({ offset: page.offset + page.limit, values: lastPlace });
    }
    return { items: artifacts, total };
  }

  async listArtifactsOfProject(
    { id }: ProjectPolicy,
    query: ArtifactQuery,
    page: Page,
    detail: ArtifactDetail,
  ): Promise<Listed<ArtifactView>> {
    const { counts, projectLists, details } = this.#ports;
    const total = counts.isOf(query.filter)
      ? await counts.countProject(id)
      : await projectLists.count(id, query.filter);
    if (total <= page.offset) return { items: [], total };
    const artifacts = await projectLists.list(id, query, page);
    return { items: await details.view(artifacts, detail), total };
  }

  async listLatestOfProject(
    { id }: ProjectPolicy,
    query: ArtifactQuery,
    page: Page,
    detail: ArtifactDetail,
  ): Promise<Listed<ArtifactView>> {
    const { projectLists, details } = this.#ports;
    if (query.keys.has('media_type') === query.keys.has('artifact_type')) {
      throw new AppError(
        'invalid',
        "either 'media_type' or 'artifact_type' must be specified, but not both, when querying with latest_in_repository",
      );
    }
    const total = await projectLists.countLatest(id, query.filter);
    if (total <= page.offset) return { items: [], total };
    const artifacts = await projectLists.listLatest(id, query, page);
    return { items: await details.view(artifacts, detail), total };
  }

  async getArtifact(
    at: RepositoryPath,
    reference: string,
    detail: ArtifactDetail,
  ): Promise<ArtifactView> {
    const record = await this.getRecord(at, reference);
    const [view] = await this.#ports.details.view([record], detail);
    if (view === undefined) throw artifactNotFound(at, reference);
    return view;
  }

  async getRecord(at: RepositoryPath, reference: string): Promise<ArtifactRecord> {
    const name = findRepositoryName(at);
    const isPossible = isDigest(reference) || isTag(reference);
    const record =
      name !== undefined && isPossible ? await this.#ports.rows.find(name, reference) : undefined;
    if (record === undefined) throw artifactNotFound(at, reference);
    return record;
  }

  async listTags(
    at: RepositoryPath,
    reference: string,
    filter: DetailFilter,
    { immutability, ...page }: Page & { readonly immutability: boolean },
  ): Promise<Listed<Tag>> {
    const record = await this.getRecord(at, reference);
    const { items, total } = await this.#ports.detailRows.listTagPage(record.id, filter, page);
    const tags = immutability
      ? await this.#ports.details.markImmutable(record, items)
      : items.map((tag) => ({ ...tag, isImmutable: false }));
    return { items: tags, total };
  }

  async listAccessories(
    at: RepositoryPath,
    reference: string,
    filter: DetailFilter,
    page: Page,
  ): Promise<Listed<Accessory>> {
    const { id } = await this.getRecord(at, reference);
    return this.#ports.detailRows.listAccessoryPage(id, filter, page);
  }

  async getAddition(at: RepositoryPath, reference: string, addition: string): Promise<Addition> {
    const { id } = await this.getRecord(at, reference);
    const found = await this.#ports.rows.findContent(id);
    if (found === undefined) throw artifactNotFound(at, reference);
    const { content, mediaType } = found;
    const repository = getRepositoryName(at);
    return this.#ports.additions.readAddition(repository, content, mediaType, addition);
  }
}
