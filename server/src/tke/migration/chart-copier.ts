import { createHash } from 'node:crypto';
import { AppError } from '../../lib/index.ts';
import type { Journal } from './journal.ts';
import type { KeptChart, MigrationDestination } from './migration-destination.ts';
import type { SourceChart, SourceChartGroup } from './migration-source.ts';
import type { MigrationTally } from './migration-tally.ts';

export interface ChartCopierPorts {
  readonly destination: MigrationDestination;
  readonly journal: Journal;
  readonly tally: MigrationTally;
  readonly signal: AbortSignal;
}

/** Copies charts of one group: archives byte for byte, each with its provenance file. */
export class ChartCopier {
  readonly #ports: ChartCopierPorts;
  readonly #group: SourceChartGroup;
  readonly #kept: ReadonlyMap<string, KeptChart>;

  /** @param kept what the destination has in the group */
  constructor(
    ports: ChartCopierPorts,
    group: SourceChartGroup,
    kept: ReadonlyMap<string, KeptChart>,
  ) {
    this.#ports = ports;
    this.#group = group;
    this.#kept = kept;
  }

  /** @throws AppError, or what fetch throws */
  async copy(chart: SourceChart): Promise<void> {
    const { destination, journal, tally, signal } = this.#ports;
    const item = chartItemOf(this.#group, chart);
    const noted = journal.find(item);
    if (noted !== undefined && this.#kept.has(noted) && (chart.digest ?? noted) === noted) {
      tally.add({ present: 1 });
      return;
    }
    const kept = chart.digest === undefined ? undefined : this.#kept.get(chart.digest);
    if (chart.digest !== undefined && kept !== undefined) {
      await this.#ensureProvenance(chart, kept);
      await journal.note(item, chart.digest);
      return;
    }
    const archive = await chart.archive(signal);
    const digest = sha256Of(archive);
    const known = this.#kept.get(digest);
    if (known !== undefined) await this.#ensureProvenance(chart, known);
    else {
      const provenance = await chart.provenance(signal);
      await destination.putChart(this.#group, { label: chart.label, archive, provenance }, signal);
      tally.add({ charts: 1 });
    }
    await journal.note(item, digest);
  }

  /** For a chart whose upload was cut off between its two files. */
  async #ensureProvenance(chart: SourceChart, { label }: KeptChart): Promise<void> {
    const { destination, tally, signal } = this.#ports;
    const wanted = await chart.provenance(signal);
    const there = wanted && (await destination.findProvenance(this.#group, label, signal));
    if (wanted === undefined || (there !== undefined && Buffer.compare(wanted, there) === 0)) {
      tally.add({ present: 1 });
      return;
    }
    if (there !== undefined) {
      throw new AppError('conflict', 'the destination has another provenance file for it');
    }
    await destination.putProvenance(this.#group, { label, provenance: wanted }, signal);
    tally.add({ charts: 1 });
  }
}

export function chartItemOf({ tenant, name }: SourceChartGroup, { label }: SourceChart): string {
  return `chart ${tenant}/${name}/${label}`;
}

export function sha256Of(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
