import type { IntegrityRepository, ManifestRow } from './integrity.repository.ts';

/** What a check of a manifest came to. */
export type ManifestVerdict = 'sound' | 'gone' | 'healed' | 'damaged' | 'unreadable';

/**
 * Holds manifests against their digests.
 *
 * @param mend takes the right bytes of a damaged one from wherever they are
 */
export async function checkManifests(
  rows: IntegrityRepository,
  manifests: readonly ManifestRow[],
  mend: boolean,
): Promise<Map<number, ManifestVerdict>> {
  const hashes = await rows.hashManifests(manifests.map(({ id }) => id));
  const verdicts = new Map<number, ManifestVerdict>();
  for (const { id, digest } of manifests) {
    if (!hashes.has(id)) verdicts.set(id, 'gone');
    else if (hashes.get(id) === undefined) verdicts.set(id, 'unreadable');
    else if (hashes.get(id) === digest) verdicts.set(id, 'sound');
    else verdicts.set(id, mend ? await rows.healManifest(id) : 'damaged');
  }
  return verdicts;
}
