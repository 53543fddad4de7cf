import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../lib/index.ts';
import { parseChartList } from './chart-index.ts';
import { encodeForm } from './form-upload.ts';
import { refusalOf } from './http-api.ts';
import type { ManagedObject } from './management-api.ts';
import type { Ensured, KeptChart, MigrationDestination } from './migration-destination.ts';
import { SHARED, type SourceChartGroup, type SourceNamespace } from './migration-source.ts';
import type { TkeHost } from './tke-host.ts';

/** A running Berth in TKE mode. */
export function createTkeDestination(host: TkeHost): MigrationDestination {
  return new TkeDestination(host);
}

const READY_TRIES = 60;
const READY_EVERY_MS = 500;

class TkeDestination implements MigrationDestination {
  readonly name: string;
  readonly #host: TkeHost;

  constructor(host: TkeHost) {
    this.name = host.url;
    this.#host = host;
  }

  async check(signal: AbortSignal): Promise<void> {
    await this.#host.open(signal);
    await this.#host.images(SHARED).ping();
  }

  async ensureNamespace(namespace: SourceNamespace, signal: AbortSignal): Promise<Ensured> {
    // `library` is a project of every registry and no object.
    if (namespace.tenant === SHARED) return { isNew: false, notes: [] };
    return this.#ensure('namespaces', 'Namespace', namespace, signal);
  }

  ensureChartGroup(group: SourceChartGroup, signal: AbortSignal): Promise<Ensured> {
    return this.#ensure('chartgroups', 'ChartGroup', group, signal);
  }

  images(tenant: string) {
    return this.#host.images(tenant);
  }

  async listCharts({ tenant, name }: SourceChartGroup, signal: AbortSignal) {
    const bytes = await this.#host.charts(tenant).findBytes(`/chart/api/${name}/charts`, signal);
    const kept = new Map<string, KeptChart>();
    for (const chart of parseChartList(bytes?.toString('utf8') ?? '{}')) {
      if (chart.digest === undefined) continue;
      kept.set(chart.digest, { label: `${chart.name}-${chart.version}` });
    }
    return kept;
  }

  async putChart(
    group: SourceChartGroup,
    { label, archive, provenance }: Parameters<MigrationDestination['putChart']>[1],
    signal: AbortSignal,
  ): Promise<void> {
    const signed = provenance && { prov: { name: `${label}.tgz.prov`, content: provenance } };
    const form = { chart: { name: `${label}.tgz`, content: archive }, ...signed };
    await this.#upload(group, 'charts', form, signal);
  }

  async putProvenance(
    group: SourceChartGroup,
    { label, provenance }: Parameters<MigrationDestination['putProvenance']>[1],
    signal: AbortSignal,
  ): Promise<void> {
    const form = { prov: { name: `${label}.tgz.prov`, content: provenance } };
    await this.#upload(group, 'prov', form, signal);
  }

  findProvenance({ tenant, name }: SourceChartGroup, label: string, signal: AbortSignal) {
    const path = `/chart/${name}/charts/${encodeURIComponent(label)}.tgz.prov`;
    return this.#host.charts(tenant).findBytes(path, signal);
  }

  async #upload(
    { tenant, name }: SourceChartGroup,
    what: 'charts' | 'prov',
    files: Parameters<typeof encodeForm>[0],
    signal: AbortSignal,
  ): Promise<void> {
    const form = await encodeForm(files);
    const path = `/chart/api/${name}/${what}`;
    const answer = await this.#host.charts(tenant).send({ path, method: 'POST', ...form }, signal);
    if (answer.status !== 201) throw refusalOf('POST', path, answer);
  }

  async #ensure(
    resource: string,
    kind: string,
    { tenant, name, settings }: SourceNamespace | SourceChartGroup,
    signal: AbortSignal,
  ): Promise<Ensured> {
    const { objects } = this.#host;
    const known = await objects.find(resource, { tenant, name }, signal);
    if (known !== undefined) {
      await this.#untilReady(resource, known, signal);
      return { isNew: false, notes: differences(kind, known, settings.visibility) };
    }
    const spec = { name, tenantID: tenant, ...settings };
    const made = await objects.create(resource, { kind, spec }, signal);
    if (made.spec.tenantID !== tenant) {
      throw new AppError(
        'denied',
        `the account belongs to tenant ${made.spec.tenantID} and made ${name} there; use a system administrator's`,
      );
    }
    await this.#untilReady(resource, made, signal);
    return { isNew: true, notes: [] };
  }

  /** The back end's project is made by a controller where the first attempt failed. */
  async #untilReady(resource: string, object: ManagedObject, signal: AbortSignal): Promise<void> {
    let { status } = object;
    for (let tries = 0; status?.phase === 'Pending' && tries < READY_TRIES; tries += 1) {
      await sleep(READY_EVERY_MS, undefined, { signal });
      ({ status } = await this.#host.objects.get(resource, object.metadata.name, signal));
    }
    if (status?.phase === undefined || status.phase === 'Available') return;
    const reason = status.message === undefined ? '' : `: ${status.message}`;
    throw new AppError('precondition', `it is ${status.phase} at the destination${reason}`);
  }
}

function differences(
  kind: string,
  { spec }: ManagedObject,
  wanted: string | undefined,
): readonly string[] {
  const here = spec['visibility'];
  if (wanted === undefined || typeof here !== 'string') return [];
  if (here.toLowerCase() === wanted.toLowerCase()) return [];
  return [
    `${kind} ${spec.tenantID}/${spec.name} was there with visibility ${here}, which stays; ` +
      `at the source it is ${wanted}`,
  ];
}
