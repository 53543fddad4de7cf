import { type Digest, parseManifest, referencedManifests } from '@berth/oci';
import { digestsOf } from './new-artifact.ts';
import type { Named, Restorable } from './trash.repository.ts';

/** Of the manifest's children; none unless it is an index. */
export function childrenOf({ content, mediaType }: Restorable): Digest[] {
  return digestsOf(referencedManifests(parseManifest(content, mediaType)));
}

/**
 * A deleted artifact with what was deleted of its children and accessories, and of theirs, in the
 * order in which they come back: an index after what it lists. Empty when it is not in the trash.
 */
export async function listDeletedFamily(
  list: (named: Named) => Promise<Restorable[]>,
  digest: Digest,
): Promise<Restorable[]> {
  const children = new Map<Restorable, readonly Digest[]>();
  const known = new Map<Digest, Restorable>();
  for (let wanted: Named = { digests: [digest], subjects: [] }; ; ) {
    const fresh = (await list(wanted)).filter((one) => !known.has(one.digest));
    if (fresh.length === 0) break;
    for (const one of fresh) {
      known.set(one.digest, one);
      children.set(one, childrenOf(one));
    }
    const digests = fresh.flatMap((one) => children.get(one) ?? []);
    wanted = { digests, subjects: fresh.map((one) => one.digest) };
  }
  const ordered = new Set<Restorable>();
  function visit(one: Restorable): void {
    if (ordered.has(one)) return;
    for (const child of children.get(one) ?? []) {
      const found = known.get(child);
      if (found !== undefined) visit(found);
    }
    ordered.add(one);
  }
  for (const one of known.values()) visit(one);
  return [...ordered];
}
