import type { Digest } from '@berth/oci';
import type { BlobStore } from '../blobstore/index.ts';
import {
  type BlobRow,
  type BlobVerdict,
  checkBlob,
  checkManifests,
  type IntegrityRepository,
  listPages,
  type ManifestRow,
  type ManifestVerdict,
} from '../integrity/index.ts';
import type { QuotaCheckRepository } from '../quotas/index.ts';
import { type Finding, type FindingCounts, noFindings } from './finding.ts';
import type { FsckRepository } from './fsck.repository.ts';

export interface FsckPorts {
  readonly rows: IntegrityRepository;
  readonly records: FsckRepository;
  readonly usage: QuotaCheckRepository;
  readonly store: BlobStore;
}

export interface FsckOptions {
  /** Compare sizes only. */
  readonly quick: boolean;
  /** Mend what is safe to mend. Only while nothing else writes. */
  readonly repair: boolean;
  readonly onFinding: (finding: Finding) => void;
  /** Told after each step: what is looked at, and how much of it was. */
  readonly onProgress: (what: string, count: number) => void;
}

export interface FsckReport {
  readonly blobs: number;
  readonly artifacts: number;
  /** Bytes of the blobs that were read or whose size was compared. */
  readonly bytes: number;
  /** Deleted bytes that are not removed yet. */
  readonly trash: { readonly blobs: number; readonly bytes: number };
  readonly findings: FindingCounts;
  readonly repaired: number;
}

const PAGE = 200;

/**
 * Holds every row against the bytes and all bytes against the rows.
 *
 * Repair puts damaged files into the quarantine and orphans into the trash, from where they can be
 * put back, and marks blobs without right bytes, so that the next push of them is taken instead of
 * skipped. It puts manifests right of which there is a copy, drops what ended uploads left, and
 * counts again what projects use.
 */
export function checkStorage(ports: FsckPorts, options: FsckOptions): Promise<FsckReport> {
  return new Fsck(ports, options).run();
}

class Fsck {
  readonly #ports: FsckPorts;
  readonly #options: FsckOptions;
  readonly #findings = noFindings();
  readonly #count = { blobs: 0, artifacts: 0, bytes: 0 };
  #repaired = 0;

  constructor(ports: FsckPorts, options: FsckOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  async run(): Promise<FsckReport> {
    await this.#checkBlobs();
    await this.#checkManifests();
    await this.#checkRecords();
    await this.#checkOrphans();
    await this.#checkStaged();
    const trash = await this.#checkAside();
    await this.#checkUsage();
    return { ...this.#count, trash, findings: this.#findings, repaired: this.#repaired };
  }

  #report(finding: Finding, isMended = this.#options.repair): void {
    this.#findings[finding.kind] += 1;
    this.#options.onFinding(finding);
    if (isMended) this.#repaired += 1;
  }

  async #checkBlobs(): Promise<void> {
    const { rows } = this.#ports;
    const list = (last: string) => rows.listBlobs(last, PAGE);
    for await (const page of listPages(list, '', (row) => row.digest)) {
      const kept = page.flatMap(({ isKept, digest }) => (isKept ? [digest] : []));
      const hashes = await rows.hashKept(kept);
      for (const row of page) {
        await this.#checkBlob(row, hashes.get(row.digest));
        this.#options.onProgress('blobs', this.#count.blobs);
      }
    }
  }

  async #checkBlob(row: BlobRow, hash: string | undefined): Promise<void> {
    const { rows, store } = this.#ports;
    const { quick, repair } = this.#options;
    // Nothing else runs when something is changed: no cache knows of it.
    const ports = { rows, store, forget: () => Promise.resolve() };
    const verdict = await checkBlob(ports, row, { isQuick: quick, mend: repair }, hash);
    if (verdict.kind === 'gone') return;
    this.#count.blobs += 1;
    this.#count.bytes += row.size;
    if (verdict.kind !== 'sound') await this.#tellBlob(row.digest, verdict);
  }

  async #tellBlob(digest: Digest, verdict: BlobVerdict): Promise<void> {
    if (verdict.kind === 'returned') {
      this.#report({ kind: 'returned', digest });
    } else if (verdict.kind === 'unreadable') {
      this.#report({ kind: 'unreadable', name: digest, reason: verdict.reason }, false);
    } else if (verdict.kind === 'missing') {
      this.#report({ kind: 'missing', digest, users: await this.#ports.rows.listUsers(digest) });
    } else if (verdict.kind === 'damaged') {
      const { reason } = verdict;
      const users = await this.#ports.rows.listUsers(digest);
      this.#report({ kind: 'damaged', digest, users, reason });
    }
  }

  async #checkManifests(): Promise<void> {
    const { rows } = this.#ports;
    const list = (last: number) => rows.listManifests(last, PAGE);
    for await (const page of listPages(list, 0, ({ id }) => id)) {
      const verdicts = await checkManifests(rows, page, this.#options.repair);
      for (const manifest of page) this.#tellManifest(manifest, verdicts.get(manifest.id));
      this.#count.artifacts += page.length;
      this.#options.onProgress('manifests', this.#count.artifacts);
    }
  }

  #tellManifest({ repository, digest }: ManifestRow, verdict: ManifestVerdict | undefined): void {
    const name = `${repository}@${digest}`;
    if (verdict === 'damaged') this.#report({ kind: 'damaged-manifest', name }, false);
    else if (verdict === 'healed') this.#report({ kind: 'healed-manifest', name });
    else if (verdict === 'unreadable') {
      this.#report({ kind: 'unreadable', name, reason: 'the database cannot read it' }, false);
    }
  }

  async #checkRecords(): Promise<void> {
    const { records } = this.#ports;
    const list = (last: number) => records.listIncomplete(last, PAGE);
    for await (const page of listPages(list, 0, ({ id }) => id)) {
      for (const { name, blobs } of page) this.#report({ kind: 'incomplete', name, blobs }, false);
    }
    const count = await records.countDangling();
    if (count > 0) this.#report({ kind: 'dangling', count }, false);
  }

  async #checkOrphans(): Promise<void> {
    let listed = 0;
    const batch = new Map<Digest, number>();
    for await (const { digest, size } of this.#ports.store.list()) {
      batch.set(digest, size);
      if (batch.size < PAGE) continue;
      listed += batch.size;
      await this.#tellOrphans(batch);
      this.#options.onProgress('stored blobs', listed);
    }
    await this.#tellOrphans(batch);
  }

  async #tellOrphans(batch: Map<Digest, number>): Promise<void> {
    const { rows, store } = this.#ports;
    const known = await rows.filterKnown([...batch.keys()]);
    for (const [digest, size] of batch) {
      if (known.has(digest)) continue;
      const isMended = this.#options.repair && (await store.delete(digest));
      this.#report({ kind: 'orphan', digest, size }, isMended);
    }
    batch.clear();
  }

  async #checkStaged(): Promise<void> {
    const { records, store } = this.#ports;
    for await (const { uploadId, modifiedAt } of store.listStaged()) {
      const live = await records.filterUploads([uploadId]);
      if (live.has(uploadId)) continue;
      if (this.#options.repair) await store.cancel(uploadId);
      this.#report({ kind: 'staged', uploadId, modifiedAt });
    }
  }

  async #checkAside(): Promise<{ blobs: number; bytes: number }> {
    const { store } = this.#ports;
    for await (const { digest, size } of store.listQuarantined()) {
      this.#report({ kind: 'quarantined', digest, size }, false);
    }
    const trash = { blobs: 0, bytes: 0 };
    for await (const { size } of store.listTrashed()) {
      trash.blobs += 1;
      trash.bytes += size;
    }
    return trash;
  }

  async #checkUsage(): Promise<void> {
    const { usage } = this.#ports;
    for (const { projectId, ...mismatch } of await usage.listMismatches()) {
      if (this.#options.repair) await usage.repair(projectId);
      this.#report({ kind: 'miscounted', ...mismatch });
    }
  }
}
