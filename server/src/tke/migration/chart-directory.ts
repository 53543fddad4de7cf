import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AppError } from '../../lib/index.ts';
import type { SourceChart, SourceChartGroup } from './migration-source.ts';

const MAX_CHART_BYTES = 64 * 1024 * 1024;

/** Charts as files: `{tenant}/{group}/{name}-{version}.tgz`, with `.tgz.prov` beside. */
export class ChartDirectory {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** @throws AppError not-found when there is no such directory */
  async listGroups(): Promise<SourceChartGroup[]> {
    const groups: SourceChartGroup[] = [];
    for (const tenant of await listDirectories(this.#root)) {
      for (const name of await listDirectories(join(this.#root, tenant))) {
        groups.push({ tenant, name, settings: {} });
      }
    }
    return groups;
  }

  async *list({ tenant, name }: SourceChartGroup): AsyncGenerator<SourceChart, void, void> {
    const directory = join(this.#root, tenant, name);
    const files = await readdir(directory, { withFileTypes: true });
    for (const file of files
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .toSorted()) {
      if (file.endsWith('.tgz')) yield await chartOf(join(directory, file), file);
    }
  }
}

async function chartOf(path: string, file: string): Promise<SourceChart> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return {
    label: file.slice(0, -'.tgz'.length),
    digest: `sha256:${hash.digest('hex')}`,
    archive: () => readBounded(path),
    async provenance() {
      try {
        return await readBounded(`${path}.prov`);
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
  };
}

async function readBounded(path: string): Promise<Uint8Array> {
  const { size } = await stat(path);
  if (size > MAX_CHART_BYTES) {
    throw new AppError('too-large', `${path} is larger than ${MAX_CHART_BYTES} bytes`);
  }
  return readFile(path);
}

async function listDirectories(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .toSorted();
  } catch (error) {
    if (isMissing(error)) throw new AppError('not-found', `there is no directory ${path}`);
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
