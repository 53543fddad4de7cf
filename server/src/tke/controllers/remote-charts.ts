import { Worker } from 'node:worker_threads';
import { LRUCache } from 'lru-cache';
import type { KubeObject } from '../../kube/index.ts';
import { AppError } from '../../lib/index.ts';
import type { SecretBox } from '../../secrets/index.ts';
import { findPassword } from '../resources/imported-password.ts';
import { badRequest, unavailable } from '../resources/refusals.ts';
import type { ChartGroup } from '../resources/types.ts';
import type { RemoteChart } from './remote-index.ts';

export interface RemoteRequest {
  readonly url: string;
  readonly credentials: { readonly username: string; readonly password: string } | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly signal: AbortSignal;
}

/** GETs a document of a remote chart repository. @throws AppError, also for any status but 200 */
export type FetchRemote = (request: RemoteRequest) => Promise<Uint8Array>;

export interface RemoteChartsPorts {
  readonly fetchRemote: FetchRemote;
  readonly box: SecretBox;
}

const TIMEOUT_MS = 60_000;
const MAX_INDEX_BYTES = 50 * 1024 * 1024;
const MAX_ARCHIVE_BYTES = 20 * 1024 * 1024;
const REMEMBERED_GROUPS = 8;
const REMEMBERED_MS = 600_000;
const WORKER_MB = 768;

/** The charts of Imported groups, at their remote repositories. */
export class RemoteCharts {
  readonly #ports: RemoteChartsPorts;
  readonly #remembered = new LRUCache<string, ReadonlyMap<string, RemoteChart>>({
    max: REMEMBERED_GROUPS,
    ttl: REMEMBERED_MS,
  });

  constructor(ports: RemoteChartsPorts) {
    this.#ports = ports;
  }

  /** Downloads and reads the index. @throws StatusError with a sentence for the caller */
  async read(group: ChartGroup, signal: AbortSignal): Promise<ReadonlyMap<string, RemoteChart>> {
    const url = new URL('index.yaml', baseOf(group));
    const bytes = await this.#fetch(group, url, MAX_INDEX_BYTES, signal);
    const charts = await parseAside(bytes, signal);
    const byName = new Map(charts.map((chart) => [chart.name, chart]));
    this.#remembered.set(memoryKey(group), byName);
    return byName;
  }

  /** Undefined when the repository has no such version. @throws StatusError */
  async fetchArchive(
    group: ChartGroup,
    chart: string,
    version: string,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const charts = this.#remembered.get(memoryKey(group)) ?? (await this.read(group, signal));
    const urls = charts.get(chart)?.urls ?? {};
    const path = Object.hasOwn(urls, version) ? urls[version] : undefined;
    if (path === undefined) return undefined;
    const url = URL.parse(path, baseOf(group));
    if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return undefined;
    return this.#fetch(group, url, MAX_ARCHIVE_BYTES, signal);
  }

  async #fetch(
    group: ChartGroup,
    url: URL,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<Uint8Array> {
    // Elsewhere the credentials are nobody's business.
    const isTheirs = url.origin === baseOf(group).origin;
    const credentials = isTheirs ? credentialsOf(group, this.#ports.box) : undefined;
    try {
      return await this.#ports.fetchRemote({
        url: url.href,
        credentials,
        timeoutMs: TIMEOUT_MS,
        maxBytes,
        signal,
      });
    } catch (error) {
      throw presentFailure(group, error);
    }
  }
}

function baseOf({ spec }: ChartGroup): URL {
  const url = URL.parse(spec.importedInfo?.addr ?? '');
  if (url === null) throw badRequest('the address of the remote repository is missing');
  url.hash = '';
  url.search = '';
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return url;
}

function credentialsOf(group: ChartGroup, box: SecretBox) {
  const username = group.spec.importedInfo?.username;
  const password = findPassword(group, box);
  if (username === undefined || username === '') return undefined;
  return { username, password: password ?? '' };
}

const memoryKey = ({ metadata, spec }: KubeObject & Pick<ChartGroup, 'spec'>) =>
  `${metadata.uid} ${spec.importedInfo?.addr ?? ''}`;

function presentFailure({ spec }: ChartGroup, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const subject = { kind: 'ChartGroup', resource: 'chartgroups', name: spec.name };
  if (error.kind === 'unavailable' || error.kind === 'too-many') {
    return unavailable(subject, 'the remote repository cannot be read', 30, error);
  }
  return badRequest(`the remote repository cannot be read: ${error.message}`);
}

/** @throws StatusError 400 for what is no index, or takes too long or too much memory */
async function parseAside(bytes: Uint8Array, signal: AbortSignal): Promise<readonly RemoteChart[]> {
  const worker = new Worker(new URL('./remote-index.worker.ts', import.meta.url), {
    workerData: bytes,
    env: {},
    execArgv: [],
    name: 'remote-index',
    resourceLimits: { maxOldGenerationSizeMb: WORKER_MB, stackSizeMb: 4 },
  });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]);
  const outcome = Promise.withResolvers<readonly RemoteChart[]>();
  const refuse = () => outcome.reject(badRequest('the remote index.yaml cannot be read'));
  worker.once('message', (charts: readonly RemoteChart[]) => outcome.resolve(charts));
  worker.once('error', refuse);
  worker.once('exit', refuse);
  limit.addEventListener('abort', refuse, { once: true });
  try {
    return await outcome.promise;
  } finally {
    limit.removeEventListener('abort', refuse);
    await worker.terminate();
  }
}
