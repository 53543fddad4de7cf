import type { Dirent } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, findDigest, isRepositoryName, isTag } from '@berth/oci';
import { findSkip, SkippedError } from './skipped-error.ts';
import { codeOf, findFile, isDirectory, listEntries, readUpTo } from './tree-files.ts';

/** A directory of the link tree that holds manifests. */
export interface FoundRepository {
  /** The whole name, as it is below `repositories`. */
  readonly name: string;
  readonly directory: string;
}

export interface Revision {
  readonly digest: Digest;
  readonly pushedAt: Date;
}

export interface TagLink extends Revision {
  readonly name: string;
}

/** Told of what is there and cannot be used; `item` names it. */
export type OnFault = (item: string, fault: SkippedError) => void;

/** A digest takes 135 characters at most. */
const MAX_LINK_BYTES = 256;
const ALGORITHMS = ['sha256', 'sha512'];

/**
 * Reads the links by which distribution tells repositories, manifests and tags
 * (`docker/registry/v2/repositories`). Follows no symbolic link below that directory, and reads
 * link files only, up to 256 bytes of each.
 */
export class LinkTree {
  readonly #directory: string;
  readonly #onFault: OnFault;

  /** @param root what distribution calls `rootdirectory` */
  constructor(root: string, onFault: OnFault) {
    this.#directory = join(root, 'docker', 'registry', 'v2', 'repositories');
    this.#onFault = onFault;
  }

  /** Whether there are repositories. Rejects when the directory cannot be read. */
  async exists(): Promise<boolean> {
    try {
      if (!(await stat(this.#directory)).isDirectory()) return false;
    } catch (error) {
      const code = codeOf(error);
      if (code === 'ENOENT' || code === 'ENOTDIR') return false;
      throw error;
    }
    for await (const entry of listEntries(join(this.#directory, '.'))) {
      if (entry.isDirectory()) return true;
    }
    return false;
  }

  /** Repositories that hold manifests, sorted by path. Rejects when the top cannot be read. */
  async *listRepositories(): AsyncGenerator<FoundRepository> {
    // The top may be a link that the operator made.
    yield* this.#walk(join(this.#directory, '.'), '');
  }

  /** Manifests of a repository that were not deleted. */
  async *listRevisions({ name, directory }: FoundRepository): AsyncGenerator<Revision> {
    const revisions = join(directory, '_manifests', 'revisions');
    if ((await this.#guard(name, () => isDirectory(revisions))) !== true) return;
    for (const algorithm of ALGORITHMS) {
      const path = join(revisions, algorithm);
      for (const entry of await this.#list(path, name)) {
        const digest = findDigest(`${algorithm}:${entry.name}`);
        const item = `${name}@${algorithm}:${entry.name}`;
        const found = await this.#guard(item, async () => {
          if (digest === undefined) throw new SkippedError('invalid-name', 'it is no digest');
          if (!entry.isDirectory()) throw noDirectory();
          const link = await readLink(join(path, entry.name, 'link'));
          if (link === undefined || link.digest === digest) return link;
          throw new SkippedError('broken-link', `its link names ${link.digest}`);
        });
        if (found !== undefined) yield found;
      }
    }
  }

  /** Tags of a repository as they are, without those that were deleted. */
  async *listTags({ name, directory }: FoundRepository): AsyncGenerator<TagLink> {
    const path = join(directory, '_manifests', 'tags');
    for (const entry of await this.#list(path, name)) {
      const found = await this.#guard(`${name}:${entry.name}`, async () => {
        if (!isTag(entry.name)) throw new SkippedError('invalid-name', 'it is no name of a tag');
        if (!entry.isDirectory()) throw noDirectory();
        const current = join(path, entry.name, 'current');
        return (await isDirectory(current)) ? readLink(join(current, 'link')) : undefined;
      });
      if (found !== undefined) yield { ...found, name: entry.name };
    }
  }

  async *#walk(directory: string, name: string): AsyncGenerator<FoundRepository> {
    const entries =
      name === '' ? await sortedEntries(directory) : await this.#list(directory, name);
    if (entries.some((entry) => entry.name === '_manifests' && entry.isDirectory())) {
      yield { name, directory };
    }
    for (const entry of entries) {
      // Snapshots and the like: neither begins the name of a repository.
      if (/^[._]/.test(entry.name) || entry.isFile()) continue;
      const child = name === '' ? entry.name : `${name}/${entry.name}`;
      const fault = faultOf(entry, child);
      if (fault === undefined) yield* this.#walk(join(directory, entry.name), child);
      else this.#onFault(child, fault);
    }
  }

  async #list(path: string, item: string): Promise<Dirent[]> {
    return (await this.#guard(item, () => sortedEntries(path))) ?? [];
  }

  /** What `work` gives; undefined after telling when it was this one thing that failed. */
  async #guard<T>(item: string, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      const fault = findSkip(error);
      if (fault === undefined) throw error;
      this.#onFault(item, fault);
      return undefined;
    }
  }
}

function faultOf(entry: Dirent, name: string): SkippedError | undefined {
  if (!entry.isDirectory()) return noDirectory();
  if (isRepositoryName(name)) return undefined;
  return new SkippedError('invalid-name', 'it is no name of a repository');
}

function noDirectory(): SkippedError {
  return new SkippedError('broken-link', 'it is no directory; symbolic links are not followed');
}

async function sortedEntries(path: string): Promise<Dirent[]> {
  const entries: Dirent[] = [];
  for await (const entry of listEntries(path)) entries.push(entry);
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** @throws SkippedError broken-link */
async function readLink(path: string): Promise<Revision | undefined> {
  const file = await findFile(path);
  if (file === undefined) return undefined;
  const { handle, stats } = file;
  try {
    const content = await readUpTo(handle, MAX_LINK_BYTES);
    const digest = content && findDigest(content.toString('latin1').trim());
    if (digest === undefined) throw new SkippedError('broken-link', 'its link holds no digest');
    return { digest, pushedAt: stats.mtime };
  } finally {
    await handle.close();
  }
}
