import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { ChartListing, ChartStore, ChartVersion } from './chart-store.ts';
import { compareVersions } from './versions.ts';

const refuse = () => Promise.reject(new Error('this store is only read'));

/** A version as a store tells it; what is not given follows from name and version. */
export function versionOf(name: string, version: string, more: object = {}): ChartVersion {
  return {
    metadata: { name, version, apiVersion: 'v2', ...more },
    digest: `sha256:${createHash('sha256').update(`${name} ${version}`).digest('hex')}`,
    size: 10,
    createdAt: new Date('2026-01-02T03:04:05.000Z'),
    hasProvenance: false,
  };
}

/** A store of what it is given, which counts how often it was asked. */
export class ShelfStore implements ChartStore {
  versions: readonly ChartVersion[];
  revision = '1';
  readonly putProvenance = refuse;
  readonly put = refuse;
  readonly deleteVersion = refuse;
  readonly deleteChart = refuse;
  readonly opened: string[] = [];

  constructor(versions: readonly ChartVersion[] = []) {
    this.versions = versions;
  }

  list(): Promise<ChartListing> {
    const groups = Map.groupBy(this.versions, ({ metadata }) => metadata.name);
    const charts = new Map(
      [...groups].map(([name, versions]) => [
        name,
        versions.toSorted((a, b) => compareVersions(b.metadata.version, a.metadata.version)),
      ]),
    );
    return Promise.resolve({ revision: this.revision, charts });
  }

  open(_project: string, name: string, version: string, part: string) {
    this.opened.push(`${name} ${version} ${part}`);
    const content = Readable.from([Buffer.from('0123456789')]);
    const { digest } = versionOf(name, version);
    return Promise.resolve({ size: 10, digest, content });
  }

  countPulls(): Promise<number> {
    return Promise.resolve(0);
  }
}
