import { z } from 'zod';
import {
  ContentRefusal,
  createParserPool,
  type Documents,
  type ParserPool,
  type Pieces,
  type PoolLimits,
} from '../archives/index.ts';
import { AppError } from '../lib/index.ts';
import type { ChartMetadata } from './chart-store.ts';
import type { ChartFiles, ChartTask } from './chart-task.ts';
import { chartLimits, chartPoolLimits, MAX_CHART_BYTES } from './limits.ts';

/** Reads charts that strangers packed, in threads of its own. */
export interface ChartReader {
  /**
   * What Chart.yaml says, once the whole archive has been found to be a chart.
   *
   * @throws AppError invalid, too-large; unavailable when too many are being read
   */
  readMetadata(archive: Uint8Array): Promise<ChartMetadata>;
  /** Its texts too. @throws AppError as above */
  readFiles(archive: Uint8Array): Promise<{ metadata: ChartMetadata; files: ChartFiles }>;
  /** Stops the threads. */
  close(): Promise<void>;
}

const metadataJson = z.looseObject({ name: z.string(), version: z.string() });
const filesJson = z.object({
  readme: z.string().optional(),
  values: z.string().optional(),
  flatValues: z.record(z.string(), z.unknown()),
  rawFiles: z.record(z.string(), z.string()),
});

export function createChartReader(limits: PoolLimits = chartPoolLimits): ChartReader {
  const pool = createParserPool<ChartTask>(new URL('./chart.worker.ts', import.meta.url), limits);
  return {
    async readMetadata(archive) {
      const documents = await perform(pool, { kind: 'metadata' }, archive);
      return metadataJson.parse(jsonOf(documents, 'metadata'));
    },
    async readFiles(archive) {
      const documents = await perform(pool, { kind: 'files' }, archive);
      const { readme, values, flatValues, rawFiles } = filesJson.parse(jsonOf(documents, 'files'));
      const metadata = metadataJson.parse(jsonOf(documents, 'metadata'));
      return { metadata, files: { readme, values, flatValues, rawFiles } };
    },
    close: () => pool.close(),
  };
}

async function perform(
  pool: ParserPool<ChartTask>,
  task: ChartTask,
  archive: Uint8Array,
): Promise<Documents> {
  if (archive.length > MAX_CHART_BYTES) {
    throw new AppError('too-large', `a chart has at most ${MAX_CHART_BYTES} bytes`);
  }
  try {
    return await pool.run(task, piecesOf(archive));
  } catch (error) {
    // The caller sent it, so the request is what is wrong.
    if (error instanceof ContentRefusal && error.kind === 'unprocessable') {
      throw new AppError('invalid', error.message, { cause: error });
    }
    throw error;
  }
}

/** Copies: what is given to a thread is gone here. */
// oxlint-disable-next-line typescript/require-await
async function* piecesOf(archive: Uint8Array): Pieces {
  for (let at = 0; at < archive.length; at += chartLimits.piece) {
    yield new Uint8Array(archive.subarray(at, at + chartLimits.piece));
  }
}

function jsonOf(documents: Documents, name: string): unknown {
  const found = documents.get(name);
  if (found === undefined || !('body' in found)) throw new Error(`a worker gave no ${name}`);
  return JSON.parse(Buffer.from(found.body).toString('utf8'));
}
