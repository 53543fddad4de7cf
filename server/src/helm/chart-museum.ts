import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { ChartActor, ChartVersion } from './chart-store.ts';

/** An HTTP answer; header names in lower case. The body is absent for HEAD and for 304. */
export interface ChartReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer | Readable | undefined;
}

/** What a GET or HEAD says beside its path. */
export interface ChartRead {
  readonly headers?: Pick<IncomingHttpHeaders, 'if-none-match'> | undefined;
  readonly isHead?: boolean | undefined;
}

/** A file name below `charts/`, taken apart by what the store holds (SemVer has dashes too). */
export interface ChartFileName {
  readonly name: string;
  readonly version: string;
  readonly part: 'archive' | 'provenance';
}

/** What an upload brought: an archive, a provenance file, or both. */
export interface ChartParts {
  readonly archive: Buffer | undefined;
  readonly provenance: Buffer | undefined;
}

export interface ChartWrite {
  readonly overwrite: boolean;
  readonly actor: ChartActor;
}

/**
 * ChartMuseum's HTTP API over a store; whoever routes to it authorises before. Everything throws
 * AppError (not-found, invalid, conflict, too-large, …), worded for `presentChartError`.
 */
export interface ChartMuseum {
  /** `index.yaml` (Helm index v1), from memory while nothing changed. `contextPath`: serverInfo's. */
  serveIndex(
    project: string,
    read: ChartRead & { readonly contextPath?: string | undefined },
  ): Promise<ChartReply>;
  /** Which file that is; undefined when there is no such version. */
  findFile(project: string, file: string): Promise<ChartFileName | undefined>;
  /** `charts/{file}`: .tgz as application/x-tar, .tgz.prov as application/pgp-signature. */
  serveFile(project: string, file: string, read: ChartRead): Promise<ChartReply>;
  /** 200, name → versions as in the index; of the charts by name, `offset` and `limit` of them. */
  listCharts(
    project: string,
    page?: { readonly offset?: number | undefined; readonly limit?: number | undefined },
  ): Promise<ChartReply>;
  /** 200, the versions of a chart. */
  serveChart(project: string, name: string): Promise<ChartReply>;
  /** 200, the index entry of a version; `latest` is the newest. */
  serveVersion(project: string, name: string, version: string): Promise<ChartReply>;
  /** The chart's versions, newest first; undefined when there is none. */
  findVersions(project: string, name: string): Promise<readonly ChartVersion[] | undefined>;
  /**
   * Stores what `readChartParts` gave. `version` is absent when only a provenance file came.
   *
   * @throws AppError invalid when neither came, or for an archive that is no chart; conflict
   */
  upload(project: string, parts: ChartParts, write: ChartWrite): Promise<ChartVersion | undefined>;
  /** @throws AppError not-found */
  deleteVersion(project: string, name: string, version: string, actor: ChartActor): Promise<void>;
  /** All versions. @throws AppError not-found */
  deleteChart(project: string, name: string, actor: ChartActor): Promise<void>;
}

/** A request body, as it comes. */
export interface ChartBody {
  readonly headers: IncomingHttpHeaders;
  readonly source: Readable;
}
