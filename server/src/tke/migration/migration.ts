import { sentenceOf } from './attempt.ts';
import { BlobMover } from './blob-mover.ts';
import { eachOf, Gate } from './bounded.ts';
import { ChartCopier, chartItemOf, sha256Of } from './chart-copier.ts';
import { ImageCopier } from './image-copier.ts';
import { itemOf, pairOf, type RepositoryPair } from './image-repository.ts';
import { ImageVerifier, type VerifiedCounts } from './image-verifier.ts';
import type { Journal } from './journal.ts';
import type { MigrationDestination } from './migration-destination.ts';
import {
  type Inventory,
  type MigrationSource,
  SHARED,
  type SourceChart,
  type SourceChartGroup,
  type SourceNamespace,
} from './migration-source.ts';
import { type MigrationCounts, MigrationTally, type Miss } from './migration-tally.ts';
import { createThrottle } from './throttle.ts';

export interface MigrationPorts {
  readonly source: MigrationSource;
  readonly destination: MigrationDestination;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  readonly onProgress: (counts: MigrationCounts & { readonly missed: number }) => void;
  /** Between tries; for tests. */
  readonly pausesMs?: readonly number[];
}

export interface MigrationLimits {
  /** Repositories, and blobs, at once. */
  readonly concurrency: number;
  /** Of blobs; undefined: as fast as it goes. */
  readonly bytesPerSecond: number | undefined;
}

export interface MigrationReport {
  readonly source: string;
  readonly destination: string;
  readonly copied: MigrationCounts;
  readonly verified: VerifiedCounts;
  readonly missed: number;
  /** Up to 10,000 of them. */
  readonly misses: readonly Miss[];
  readonly notes: readonly string[];
  readonly seconds: number;
}

export const KEPT_NOTE =
  'objects at the destination have uids, counters and times of their own; these are kept only where the object store stays the same';

/**
 * Copies what was selected, then holds the destination against the source. What cannot be copied
 * is a miss in the report, and the rest goes on.
 *
 * @throws the signal's reason, and errors of the journal
 */
export async function runMigration(
  ports: MigrationPorts,
  contents: Inventory,
  limits: MigrationLimits,
): Promise<MigrationReport> {
  return new Migration(ports, contents, limits).run();
}

interface RepositoryWork {
  readonly namespace: SourceNamespace;
  readonly repository: string;
}

class Migration {
  readonly #ports: MigrationPorts;
  readonly #contents: Inventory;
  readonly #concurrency: number;
  readonly #blobs: BlobMover;
  readonly #tally = new MigrationTally();
  readonly #verified: VerifiedCounts = { tags: 0, manifests: 0, blobs: 0, charts: 0 };
  readonly #began = performance.now();
  /** Containers that could not be made: their content is not tried. */
  readonly #closed = new Set<object>();

  constructor(ports: MigrationPorts, contents: Inventory, limits: MigrationLimits) {
    this.#ports = ports;
    this.#contents = contents;
    this.#concurrency = limits.concurrency;
    this.#blobs = new BlobMover({
      tally: this.#tally,
      throttle: createThrottle(limits.bytesPerSecond),
      gate: new Gate(limits.concurrency),
      signal: ports.signal,
      pausesMs: ports.pausesMs,
    });
  }

  async run(): Promise<MigrationReport> {
    for (const note of [...this.#contents.notes, KEPT_NOTE]) this.#tally.note(note);
    for (const namespace of this.#contents.namespaces) await this.#openNamespace(namespace);
    for (const group of this.#contents.chartGroups) await this.#openGroup(group);
    await eachOf(this.#repositories(), this.#concurrency, (work) => this.#copyRepository(work));
    await eachOf(this.#groups(), this.#concurrency, (group) => this.#copyGroup(group));
    await eachOf(this.#repositories(), this.#concurrency, (work) => this.#verifyRepository(work));
    await eachOf(this.#groups(), this.#concurrency, (group) => this.#verifyGroup(group));
    const { source, destination } = this.#ports;
    return {
      source: source.name,
      destination: destination.name,
      copied: this.#tally.counts,
      verified: { ...this.#verified },
      missed: this.#tally.missed,
      misses: this.#tally.misses,
      notes: this.#tally.notes,
      seconds: Math.round((performance.now() - this.#began) / 100) / 10,
    };
  }

  async #openNamespace(namespace: SourceNamespace): Promise<void> {
    await this.#guard(`namespace ${labelOf(namespace)}`, namespace, async () => {
      const { destination, signal } = this.#ports;
      const { isNew, notes } = await destination.ensureNamespace(namespace, signal);
      if (isNew) this.#tally.add({ namespaces: 1 });
      for (const note of notes) this.#tally.note(note);
    });
  }

  async #openGroup(group: SourceChartGroup): Promise<void> {
    await this.#guard(`chart group ${labelOf(group)}`, group, async () => {
      const { destination, signal } = this.#ports;
      const { isNew, notes } = await destination.ensureChartGroup(group, signal);
      if (isNew) this.#tally.add({ chartGroups: 1 });
      for (const note of notes) this.#tally.note(note);
      if (group.settings.importedInfo === undefined) return;
      this.#tally.note(
        `chart group ${labelOf(group)} is imported: synchronise it to get its charts`,
      );
    });
  }

  /** All repositories of the namespaces that are open; read anew by each pass. */
  async *#repositories(): AsyncGenerator<RepositoryWork, void, void> {
    const { source, signal } = this.#ports;
    for (const namespace of this.#contents.namespaces) {
      if (this.#closed.has(namespace)) continue;
      try {
        for await (const repository of source.listRepositories(namespace, signal)) {
          yield { namespace, repository };
        }
      } catch (error) {
        this.#miss(`namespace ${labelOf(namespace)}`, error);
      }
    }
  }

  *#groups(): Generator<SourceChartGroup, void, void> {
    for (const group of this.#contents.chartGroups) {
      if (!this.#closed.has(group) && group.settings.importedInfo === undefined) yield group;
    }
  }

  async #copyRepository({ namespace, repository }: RepositoryWork): Promise<void> {
    const { source, signal } = this.#ports;
    const pair = this.#pairOf(namespace, repository);
    const copier = this.#copierOf(pair);
    await this.#guard(pair.label, undefined, async () => {
      for await (const reference of source.listReferences(namespace, repository, signal)) {
        const item = itemOf(pair, reference);
        await this.#guard(item, undefined, () => copier.copy(reference, true));
      }
    });
  }

  async #verifyRepository({ namespace, repository }: RepositoryWork): Promise<void> {
    const { source, signal } = this.#ports;
    const pair = this.#pairOf(namespace, repository);
    const verifier = new ImageVerifier(pair, signal, this.#verified);
    await this.#guard(pair.label, undefined, async () => {
      for await (const reference of source.listReferences(namespace, repository, signal)) {
        const item = itemOf(pair, reference);
        if (this.#tally.hasMissed(item)) continue;
        await this.#guard(item, undefined, async () => {
          const isSound = await verifier.verify(reference).then(
            () => true,
            () => false,
          );
          if (isSound) return;
          // Something was added at the source, or deleted here, since the journal's line.
          await this.#copierOf(pair).copy(reference, false);
          await new ImageVerifier(pair, signal, this.#verified).verify(reference);
        });
      }
    });
  }

  async #copyGroup(group: SourceChartGroup): Promise<void> {
    const { source, destination, journal, signal } = this.#ports;
    await this.#guard(`chart group ${labelOf(group)}`, undefined, async () => {
      const kept = await destination.listCharts(group, signal);
      const copier = new ChartCopier(
        { destination, journal, tally: this.#tally, signal },
        group,
        kept,
      );
      for await (const chart of source.listCharts(group, signal)) {
        await this.#guard(chartItemOf(group, chart), undefined, () => copier.copy(chart));
      }
    });
  }

  async #verifyGroup(group: SourceChartGroup): Promise<void> {
    const { source, destination, signal } = this.#ports;
    await this.#guard(`chart group ${labelOf(group)}`, undefined, async () => {
      const kept = await destination.listCharts(group, signal);
      for await (const chart of source.listCharts(group, signal)) {
        const item = chartItemOf(group, chart);
        if (this.#tally.hasMissed(item)) continue;
        await this.#guard(item, undefined, () => this.#verifyChart(group, chart, kept));
      }
    });
  }

  async #verifyChart(
    group: SourceChartGroup,
    chart: SourceChart,
    kept: Awaited<ReturnType<MigrationDestination['listCharts']>>,
  ): Promise<void> {
    const { destination, journal, signal } = this.#ports;
    const digest = journal.find(chartItemOf(group, chart)) ?? sha256Of(await chart.archive(signal));
    const there = kept.get(digest);
    if (there === undefined) throw new Error(`verification: its archive ${digest} is not there`);
    const wanted = await chart.provenance(signal);
    const found = wanted && (await destination.findProvenance(group, there.label, signal));
    if (wanted !== undefined && (!found || Buffer.compare(wanted, found) !== 0)) {
      throw new Error('verification: its provenance file is missing or another');
    }
    this.#verified.charts += 1;
  }

  #pairOf(namespace: SourceNamespace, repository: string): RepositoryPair {
    return pairOf(this.#ports.source, this.#ports.destination, namespace, repository);
  }

  #copierOf(pair: RepositoryPair): ImageCopier {
    const { journal, signal, pausesMs } = this.#ports;
    return new ImageCopier(
      { blobs: this.#blobs, journal, tally: this.#tally, signal, pausesMs },
      pair,
    );
  }

  /** Does `work`; a failure is a miss, unless all is to stop. */
  async #guard(
    item: string,
    container: object | undefined,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#miss(item, error);
      if (container !== undefined) this.#closed.add(container);
    }
    this.#ports.onProgress({ ...this.#tally.counts, missed: this.#tally.missed });
  }

  #miss(item: string, error: unknown): void {
    const { signal, journal } = this.#ports;
    if (signal.aborted) throw signal.reason;
    if (journal.failure !== undefined) throw journal.failure;
    this.#tally.miss(item, sentenceOf(error));
  }
}

function labelOf({ tenant, name }: { readonly tenant: string; readonly name: string }): string {
  return tenant === SHARED ? name : `${tenant}/${name}`;
}
