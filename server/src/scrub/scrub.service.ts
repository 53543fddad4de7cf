import type { Digest } from '@berth/oci';
import type { Invalidation } from '../artifacts/index.ts';
import type { BlobStore } from '../blobstore/index.ts';
import {
  type BlobRow,
  type BlobVerdict,
  checkBlob,
  checkManifests,
  type IntegrityRepository,
  listPages,
  type ManifestRow,
} from '../integrity/index.ts';
import type { JobContext } from '../jobs/index.ts';
import type { Log } from '../telemetry/index.ts';
import { type Clock, createPacer, type Pacer } from './pacer.ts';
import type { ScrubPassRepository } from './scrub-pass.repository.ts';
import { describeTally, emptyTally, type Stage, stages, type Tally } from './scrub-pass.ts';

export interface ScrubPorts {
  readonly rows: IntegrityRepository;
  readonly passes: ScrubPassRepository;
  readonly store: BlobStore;
  readonly invalidation: Pick<Invalidation, 'blob'>;
  readonly log: Log;
  readonly clock: Clock;
  /** How fast bytes are read; 0 for as fast as it goes. */
  readonly bytesPerSecond: number;
  /** Told of every finding. */
  readonly onFinding: (kind: FindingKind) => void;
  /** Told of bytes that were read. */
  readonly onBytes: (bytes: number) => void;
}

export type FindingKind = 'corrupt' | 'missing' | 'unreadable' | 'healed' | 'damaged_manifest';

export type ScrubContext = Pick<JobContext, 'signal' | 'log' | 'checkIn'>;

export const PAGE = 200;
const REPOSITORIES_PAGE = 500;
/** What a killed process may have to read again. */
const SAVE_EVERY_MS = 5_000;

/**
 * Reads everything, from where the last run stopped, and puts aside what is not what it was.
 * Rejects with the reason of the signal.
 */
export async function scrub(ports: ScrubPorts, context: ScrubContext): Promise<void> {
  const begun = await ports.passes.find();
  if (begun !== undefined) {
    context.log(`goes on with ${begun.stage} after ${begun.position || 'their beginning'}`);
  }
  const run = new ScrubRun(ports, context, { ...(begun?.tally ?? emptyTally()) });
  for (const stage of stages.slice(stages.indexOf(begun?.stage ?? 'blobs'))) {
    await run.work(stage, stage === begun?.stage ? begun.position : '');
  }
  await run.end();
}

class ScrubRun {
  readonly #ports: ScrubPorts;
  readonly #context: ScrubContext;
  readonly #tally: Tally;
  readonly #pacer: Pacer;
  #stage: Stage = 'blobs';
  #position = '';
  #savedAt = 0;

  constructor(ports: ScrubPorts, context: ScrubContext, tally: Tally) {
    this.#ports = ports;
    this.#context = context;
    this.#tally = tally;
    this.#pacer = createPacer(ports.bytesPerSecond, ports.clock);
  }

  async work(stage: Stage, position: string): Promise<void> {
    this.#stage = stage;
    this.#position = position;
    await this.#save();
    try {
      await this.#read(stage, position);
    } catch (error) {
      await this.#save().catch(() => undefined);
      throw error;
    }
  }

  async end(): Promise<void> {
    await this.#ports.passes.delete();
    const report = describeTally(this.#tally);
    const { corrupt, missing, still_missing, unreadable, damaged_manifests } = this.#tally;
    const isSound = corrupt + missing + still_missing + unreadable + damaged_manifests === 0;
    this.#context.log(report);
    this.#context.checkIn({ execution: { ...this.#tally, stage: 'done' } });
    this.#ports.log[isSound ? 'info' : 'error']({ ...this.#tally }, 'all data was read');
  }

  #read(stage: Stage, position: string): Promise<void> {
    switch (stage) {
      case 'blobs':
        return this.#readBlobs(position);
      case 'manifests':
        return this.#readManifests(Number(position));
      case 'orphans':
        return this.#countOrphans();
    }
  }

  async #readBlobs(position: string): Promise<void> {
    const { rows } = this.#ports;
    const list = (last: string) => rows.listBlobs(last, PAGE);
    for await (const page of listPages(list, position, (row) => row.digest)) {
      const kept = page.filter(({ isKept }) => isKept);
      const hashes = await rows.hashKept(kept.map(({ digest }) => digest));
      await this.#pace(sumSizes(kept));
      for (const row of page) {
        this.#context.signal.throwIfAborted();
        await this.#checkBlob(row, hashes.get(row.digest));
        this.#position = row.digest;
        await this.#saveIfDue();
      }
    }
  }

  async #checkBlob(row: BlobRow, hash: string | undefined): Promise<void> {
    const { rows, store } = this.#ports;
    const ports = { rows, store, forget: (digest: Digest) => this.#forget(digest) };
    const { signal } = this.#context;
    const verdict = await checkBlob(
      ports,
      row,
      { isQuick: false, mend: true, signal, pace: (bytes) => this.#pace(bytes) },
      hash,
    );
    if (verdict.kind === 'gone') return;
    this.#tally.blobs += 1;
    if (verdict.kind !== 'sound') await this.#tellBlob(row, verdict);
  }

  async #tellBlob(row: BlobRow, verdict: BlobVerdict): Promise<void> {
    const { digest } = row;
    if (verdict.kind === 'missing' && row.isMissing) {
      this.#tally.still_missing += 1;
      this.#context.log(`${digest} is still missing; push it again`);
      return;
    }
    const users = await this.#ports.rows.listUsers(digest);
    const needed = `needed by ${users.length === 0 ? 'nothing' : users.join(', ')}`;
    if (verdict.kind === 'missing') {
      this.#find('missing', { digest, users }, `${digest} is missing, ${needed}`);
    } else if (verdict.kind === 'damaged') {
      const { reason } = verdict;
      const line = `${digest} is corrupt (${reason}) and was put aside, ${needed}`;
      this.#find('corrupt', { digest, reason, users }, line);
    } else if (verdict.kind === 'unreadable') {
      const { reason } = verdict;
      const line = `${digest} cannot be read (${reason}), ${needed}`;
      this.#find('unreadable', { digest, reason, users }, line);
    } else {
      this.#find('healed', { digest }, `${digest} is there again`);
    }
    this.#position = digest;
    await this.#save();
  }

  async #readManifests(position: number): Promise<void> {
    const { rows } = this.#ports;
    const list = (last: number) => rows.listManifests(last, PAGE);
    for await (const page of listPages(list, position, ({ id }) => id)) {
      this.#context.signal.throwIfAborted();
      const verdicts = await checkManifests(rows, page, true);
      this.#tally.manifests += page.length;
      for (const manifest of page) this.#tellManifest(manifest, verdicts.get(manifest.id));
      this.#position = String(page.at(-1)?.id ?? position);
      await this.#save();
      await this.#pace(sumSizes(page));
    }
  }

  #tellManifest({ repository, digest }: ManifestRow, verdict: string | undefined): void {
    const name = `${repository}@${digest}`;
    if (verdict === 'damaged') {
      const line = `the manifest ${name} is damaged and there is no copy of it; push it again`;
      this.#find('damaged_manifest', { name }, line);
    } else if (verdict === 'healed') {
      this.#find('healed', { name }, `the manifest ${name} was damaged; a copy replaces it`);
    } else if (verdict === 'unreadable') {
      this.#find('unreadable', { name }, `the database cannot read the manifest ${name}`);
    }
  }

  /** Begins anew when it is interrupted: a store lists in no order. */
  async #countOrphans(): Promise<void> {
    this.#tally.orphans = 0;
    this.#tally.orphan_bytes = 0;
    const batch = new Map<Digest, number>();
    for await (const { digest, size } of this.#ports.store.list()) {
      batch.set(digest, size);
      if (batch.size === PAGE) await this.#countUnknown(batch);
    }
    await this.#countUnknown(batch);
  }

  async #countUnknown(batch: Map<Digest, number>): Promise<void> {
    this.#context.signal.throwIfAborted();
    const known = await this.#ports.rows.filterKnown([...batch.keys()]);
    for (const [digest, size] of batch) {
      if (known.has(digest)) continue;
      this.#tally.orphans += 1;
      this.#tally.orphan_bytes += size;
    }
    batch.clear();
  }

  async #forget(digest: Digest): Promise<void> {
    const { rows, invalidation } = this.#ports;
    const list = (last: string) => rows.listRepositories(digest, last, REPOSITORIES_PAGE);
    for await (const names of listPages(list, '', (name) => name)) {
      for (const name of names) await invalidation.blob(name, digest);
    }
  }

  #find(kind: FindingKind, fields: object, line: string): void {
    const { log, onFinding } = this.#ports;
    this.#tally[kind === 'damaged_manifest' ? 'damaged_manifests' : kind] += 1;
    onFinding(kind);
    log[kind === 'healed' ? 'warn' : 'error']({ ...fields, finding: kind }, line);
    this.#context.log(line);
  }

  async #pace(bytes: number): Promise<void> {
    this.#tally.bytes += bytes;
    this.#ports.onBytes(bytes);
    await this.#pacer(bytes, this.#context.signal);
  }

  async #saveIfDue(): Promise<void> {
    if (this.#ports.clock.now() - this.#savedAt >= SAVE_EVERY_MS) await this.#save();
  }

  async #save(): Promise<void> {
    const [stage, position, tally] = [this.#stage, this.#position, { ...this.#tally }];
    this.#savedAt = this.#ports.clock.now();
    await this.#ports.passes.put({ stage, position, tally });
    this.#context.checkIn({ execution: { ...tally, stage } });
  }
}

function sumSizes(rows: readonly { readonly size: number }[]): number {
  return rows.reduce((sum, { size }) => sum + size, 0);
}
