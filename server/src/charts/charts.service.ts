import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import { isAdmin, type Principal, usernameOf } from '../access/index.ts';
import { refusalFor } from '../api/index.ts';
import {
  type ChartMuseum,
  type ChartParts,
  type ChartRead,
  type ChartReader,
  type ChartReply,
  type ChartVersion,
  parseProvenance,
  presentChart,
  presentChartVersion,
  presentDetails,
  readChartParts,
} from '../helm/index.ts';
import { AppError, readOnlyRefusal } from '../lib/index.ts';
import {
  authorizeCharts,
  type ChartAction,
  type ChartReach,
  type ChartRightsPorts,
} from './chart-rights.ts';
import type { ArtifactChartStore } from './chart-store.ts';
import { presentLabel, presentListedVersion } from './charts.presenter.ts';
import type { ChartRecords } from './charts.repository.ts';

export interface ChartsPorts extends ChartRightsPorts {
  readonly store: ArtifactChartStore;
  readonly museum: ChartMuseum;
  readonly reader: ChartReader;
  readonly records: Pick<ChartRecords, 'listLabels' | 'listProjects'>;
  isReadOnly(): boolean;
}

/** A request that brings a chart. */
export interface ChartUploadRequest {
  readonly headers: IncomingHttpHeaders;
  readonly source: Readable;
  /** Whether a version that is there is replaced. */
  readonly overwrite: boolean;
}

/**
 * Harbor 2.7's routes of charts. All throw AppError unauthenticated, denied, and not-found; those
 * that write also for the system being read-only.
 */
export interface ChartsService {
  serveIndex(principal: Principal, project: string, read: ChartRead): Promise<ChartReply>;
  /** Of all projects, for administrators: charts are named `{project}/{chart}`. */
  serveRootIndex(principal: Principal): Promise<ChartReply>;
  serveFile(
    principal: Principal,
    project: string,
    file: string,
    read: ChartRead,
  ): Promise<ChartReply>;
  checkHealth(principal: Principal): void;
  listCharts(principal: Principal, project: string): Promise<unknown>;
  listVersions(principal: Principal, project: string, name: string): Promise<unknown>;
  getVersion(
    principal: Principal,
    project: string,
    name: string,
    version: string,
  ): Promise<unknown>;
  /** @throws AppError invalid, conflict, precondition (an immutable tag), refused (the quota) */
  upload(
    principal: Principal,
    project: string,
    request: ChartUploadRequest,
  ): Promise<UploadedChart>;
  deleteVersion(
    principal: Principal,
    project: string,
    name: string,
    version: string,
  ): Promise<void>;
  deleteChart(principal: Principal, project: string, name: string): Promise<void>;
}

export interface UploadedChart {
  /** Absent when a provenance file came alone. */
  readonly name?: string | undefined;
  readonly version?: string | undefined;
}

export function createChartsService(ports: ChartsPorts): ChartsService {
  return new Charts(ports);
}

const MAX_DETAILS_BYTES = 20 * 1024 * 1024;

class Charts implements ChartsService {
  readonly #ports: ChartsPorts;

  constructor(ports: ChartsPorts) {
    this.#ports = ports;
  }

  async serveIndex(principal: Principal, project: string, read: ChartRead): Promise<ChartReply> {
    await this.#authorize(principal, project, 'read', 'all');
    return this.#ports.museum.serveIndex(project, read);
  }

  async serveRootIndex(principal: Principal): Promise<ChartReply> {
    this.checkHealth(principal);
    const entries: Record<string, unknown> = {};
    for (const project of await this.#ports.records.listProjects()) {
      const { charts } = await this.#ports.store.list(project);
      for (const [name, versions] of charts) {
        entries[`${project}/${name}`] = versions.map((version) => presentIn(project, version));
      }
    }
    const body = Buffer.from(
      `${JSON.stringify({ apiVersion: 'v1', entries, generated: new Date().toISOString() })}\n`,
    );
    const headers = {
      'content-type': 'application/x-yaml',
      'content-length': String(body.length),
      'cache-control': 'private, no-cache',
    };
    return { status: 200, headers, body };
  }

  async serveFile(
    principal: Principal,
    project: string,
    file: string,
    read: ChartRead,
  ): Promise<ChartReply> {
    await this.#authorize(principal, project, 'read', 'some');
    const { museum } = this.#ports;
    const found = await museum.findFile(project, file);
    // Who may read some charts only is not told that others are there.
    if (found === undefined || !(await this.#canRead(principal, project, found.name))) {
      throw new AppError('not-found', `${file} not found`);
    }
    return museum.serveFile(project, file, read);
  }

  checkHealth(principal: Principal): void {
    if (!isAdmin(principal)) throw refusalFor(principal);
  }

  async listCharts(principal: Principal, project: string): Promise<unknown> {
    await this.#authorize(principal, project, 'list', 'all');
    const { charts } = await this.#ports.store.list(project);
    return [...charts].map(([name, versions]) => presentChart(name, versions)).toSorted(lastFirst);
  }

  async listVersions(principal: Principal, project: string, name: string): Promise<unknown> {
    await this.#authorize(principal, project, 'list', { chart: name });
    const versions = await this.#ports.museum.findVersions(project, name);
    if (versions === undefined) throw new AppError('not-found', `chart ${name} not found`);
    const shown: unknown[] = [];
    for (const version of versions) {
      shown.push(presentListedVersion(version, await this.#labels(project, version)));
    }
    return shown;
  }

  async getVersion(
    principal: Principal,
    project: string,
    name: string,
    version: string,
  ): Promise<unknown> {
    await this.#authorize(principal, project, 'read', { chart: name });
    const versions = (await this.#ports.museum.findVersions(project, name)) ?? [];
    const found = versions.find(({ metadata }) => metadata.version === version);
    const archive = found && (await this.#ports.store.open(project, name, version, 'archive'));
    if (found === undefined || archive === undefined) {
      throw new AppError('not-found', `chart ${name}-${version} not found`);
    }
    if (archive.size > MAX_DETAILS_BYTES) {
      archive.content.destroy();
      throw new AppError('too-large', 'the chart is too large to be shown');
    }
    const bytes = Buffer.concat(await archive.content.toArray());
    const { files } = await this.#ports.reader.readFiles(bytes);
    return presentDetails(found, files, (await this.#labels(project, found)).map(presentLabel));
  }

  async upload(
    principal: Principal,
    project: string,
    { headers, source, overwrite }: ChartUploadRequest,
  ): Promise<UploadedChart> {
    await this.#authorizeWrite(principal, project, 'create', 'some');
    const { museum, reader } = this.#ports;
    const parts = await readChartParts({ headers, source });
    if (principal.kind === 'robot') {
      for (const chart of await namesIn(parts, reader)) {
        await this.#authorize(principal, project, 'create', { chart });
      }
    }
    const actor = { username: usernameOf(principal) };
    const stored = await museum.upload(project, parts, { overwrite, actor });
    return { name: stored?.metadata.name, version: stored?.metadata.version };
  }

  async deleteVersion(
    principal: Principal,
    project: string,
    name: string,
    version: string,
  ): Promise<void> {
    await this.#authorizeWrite(principal, project, 'delete', { chart: name });
    const actor = { username: usernameOf(principal) };
    await this.#ports.museum.deleteVersion(project, name, version, actor);
  }

  async deleteChart(principal: Principal, project: string, name: string): Promise<void> {
    await this.#authorizeWrite(principal, project, 'delete', { chart: name });
    await this.#ports.museum.deleteChart(project, name, { username: usernameOf(principal) });
  }

  async #labels(project: string, { metadata }: ChartVersion) {
    const artifact = await this.#ports.store.findArtifact(project, metadata.name, metadata.version);
    return artifact === undefined ? [] : this.#ports.records.listLabels(artifact.artifactId);
  }

  async #canRead(principal: Principal, project: string, chart: string): Promise<boolean> {
    try {
      await this.#authorize(principal, project, 'read', { chart });
      return true;
    } catch (error) {
      if (error instanceof AppError && error.kind === 'denied') return false;
      throw error;
    }
  }

  async #authorize(principal: Principal, project: string, action: ChartAction, reach: ChartReach) {
    await authorizeCharts(this.#ports, principal, project, action, reach);
  }

  async #authorizeWrite(
    principal: Principal,
    project: string,
    action: ChartAction,
    reach: ChartReach,
  ) {
    await this.#authorize(principal, project, action, reach);
    if (this.#ports.isReadOnly()) throw readOnlyRefusal();
  }
}

/** The charts that the parts say they are of; others than one are refused later. */
async function namesIn(
  { archive, provenance }: ChartParts,
  reader: ChartReader,
): Promise<readonly string[]> {
  const archived = archive === undefined ? [] : [(await reader.readMetadata(archive)).name];
  const signed = provenance === undefined ? [] : [parseProvenance(provenance).name];
  return [...archived, ...signed];
}

function presentIn(project: string, version: ChartVersion) {
  const entry = presentChartVersion(version);
  const { name, version: number } = version.metadata;
  return {
    ...entry,
    name: `${project}/${name}`,
    urls: [`${project}/charts/${name}-${number}.tgz`],
  };
}

function lastFirst(a: { updated: string; name: string }, b: { updated: string; name: string }) {
  if (a.updated !== b.updated) return a.updated < b.updated ? 1 : -1;
  return a.name < b.name ? -1 : 1;
}
