import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';
import { type ChartMetadata, readMetadata } from '../../../helm/index.ts';
import { unreadable } from './harbor-error.ts';
import { parseIndexYaml } from './museum-yaml.ts';

/** A version as a ChartMuseum's index has it. */
export interface IndexEntry {
  readonly metadata: ChartMetadata;
  /** `sha256:…` of the archive. */
  readonly digest: string;
  readonly createdAt: Date;
}

/** What takes longer than a few milliseconds to parse is parsed elsewhere. */
const INLINE_BYTES = 64 * 1024;
const WORKER_MS = 60_000;

const entry = z.looseObject({
  digest: z.string().regex(/^(?:sha256:)?[0-9a-f]{64}$/),
  created: z.union([z.string(), z.date()]).optional(),
});
const index = z.object({ entries: z.record(z.string(), z.unknown().array().nullable()).nullish() });

/**
 * The versions of an index.yaml; entries that are none are left out.
 *
 * @throws ProviderError unavailable for what is no index
 */
export async function readIndex(content: Buffer): Promise<IndexEntry[]> {
  const document = content.length > INLINE_BYTES ? await parseInWorker(content) : tryParse(content);
  const parsed = index.safeParse(document);
  if (!parsed.success) throw unreadable(parsed.error);
  return Object.values(parsed.data.entries ?? {}).flatMap((versions) =>
    (versions ?? []).flatMap(parseEntry),
  );
}

/** Of the index without the time it was made at, which says nothing of its charts. */
export function fingerprintOf(content: Buffer): string {
  const text = content.toString('latin1').replace(/^generated:.*$/m, '');
  return createHash('sha256').update(text, 'latin1').digest('hex');
}

function parseEntry(value: unknown): IndexEntry[] {
  const parsed = entry.safeParse(value);
  const { metadata } = readMetadata(value);
  if (!parsed.success || metadata === undefined) return [];
  const { digest, created } = parsed.data;
  // Harbor's own, and what an index says of files rather than of charts.
  const { urls: _urls, digest: _digest, created: _created, labels: _labels, ...rest } = metadata;
  const createdAt = new Date(created ?? 0);
  return [
    {
      metadata: rest,
      digest: digest.startsWith('sha256:') ? digest : `sha256:${digest}`,
      createdAt: Number.isNaN(createdAt.getTime()) ? new Date(0) : createdAt,
    },
  ];
}

function tryParse(content: Buffer): unknown {
  try {
    return parseIndexYaml(content.toString('utf8'));
  } catch (error) {
    throw unreadable(error);
  }
}

function parseInWorker(content: Buffer): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const worker = new Worker(new URL('./museum-index.worker.ts', import.meta.url), {
    workerData: content.toString('utf8'),
    resourceLimits: { maxOldGenerationSizeMb: 512 },
  });
  const timer = setTimeout(() => reject(unreadable(new Error('too slow'))), WORKER_MS);
  worker.once('message', resolve);
  worker.once('error', (error) => reject(unreadable(error)));
  worker.once('exit', () => reject(unreadable(new Error('the parser ended'))));
  return promise.finally(() => {
    clearTimeout(timer);
    void worker.terminate();
  });
}
