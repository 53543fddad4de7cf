import type { UntaggedArtifact, UntaggedArtifacts } from '../artifacts/index.ts';
import type { CollectContext, Collected, CollectOptions, GcSettings } from './collection.ts';
import type { Survey, SurveyRepository } from './survey.repository.ts';

export interface DryRunPorts {
  readonly surveys: SurveyRepository;
  readonly untagged: UntaggedArtifacts;
  readonly settings: GcSettings;
}

const UNTAGGED_AT_ONCE = 200;

/**
 * A dry run: the counts of a collection, and nothing changes.
 *
 * @param purgeBefore what was deleted before can not come back
 */
export async function tellCollection(
  ports: DryRunPorts,
  options: CollectOptions,
  purgeBefore: Date,
  context: CollectContext,
): Promise<Collected> {
  const { surveys, settings } = ports;
  const { uploadSeconds } = settings;
  const doomed = options.deleteUntagged === true ? await listDoomed(ports, context) : [];
  const survey = await surveys.survey({ uploadSeconds, purgeBefore, doomed }, context.signal);
  const isPurged = options.purgeDeleted === true || settings.undeleteDays() === 0;
  const purged = (await surveys.countPurgeable(purgeBefore)) + (isPurged ? doomed.length : 0);
  const { blobs, bytes } = survey.deletable;
  context.log(`${blobs} blobs and ${purged} manifests eligible for deletion`);
  context.log(`The GC could free up ${bytes} bytes, the size is a rough estimation.`);
  explainKept(survey, settings, options, context);
  const told = { freedSpace: bytes, purgedBlobs: blobs, purgedManifests: purged };
  context.checkIn(told);
  return told;
}

/** Artifacts that lists show without a tag, a page after the other, until `signal` fires. */
export async function* listUntagged(
  { untagged, settings }: Pick<DryRunPorts, 'untagged' | 'settings'>,
  signal: AbortSignal,
): AsyncGenerator<UntaggedArtifact> {
  for (let last = 0; !signal.aborted; ) {
    const page = await untagged.list(last, settings.leaseSeconds, UNTAGGED_AT_ONCE);
    for (const artifact of page) {
      if (signal.aborted) return;
      yield artifact;
    }
    const end = page.at(-1);
    if (end === undefined) return;
    last = end.id;
  }
}

/** What stays that nothing needs, and why. */
export function explainKept(
  { held, leased }: Survey,
  { undeleteDays, leaseSeconds }: GcSettings,
  { purgeDeleted }: CollectOptions,
  { log }: CollectContext,
): void {
  if (held.blobs > 0) {
    const why =
      purgeDeleted === true
        ? 'a push under way may count on them'
        : `their artifacts can be brought back for ${undeleteDays()} days`;
    log(`${held.blobs} blobs with ${held.bytes} bytes are kept: ${why}`);
  }
  if (leased.blobs > 0) {
    log(
      `${leased.blobs} blobs with ${leased.bytes} bytes are kept: ` +
        `a client was told of them within ${leaseSeconds} seconds`,
    );
  }
}

async function listDoomed(ports: DryRunPorts, { signal, log }: CollectContext): Promise<number[]> {
  const doomed = new Set<number>();
  let page: number[] = [];
  const flush = async () => {
    for (const id of await ports.surveys.listFamilies(page)) doomed.add(id);
    page = [];
  };
  for await (const { id, repository, digest } of listUntagged(ports, signal)) {
    log(`untagged artifact would be deleted: ${repository}@${digest}`);
    page.push(id);
    if (page.length === UNTAGGED_AT_ONCE) await flush();
  }
  await flush();
  return [...doomed];
}
