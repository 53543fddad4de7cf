import { withJson } from './http.ts';
import { type Operation, PRESENT } from './ledger.ts';
import { full, manifestName, partsOf, type Target, tagName } from './push.ts';
import { write } from './session.ts';
import type { Image } from './world.ts';

/** What the REST API does to content, by the administrator. */

/** Where the REST API has a repository. */
export function pathOf(repository: string): string {
  const slash = repository.indexOf('/');
  // Encoded twice, as Harbor's clients do.
  const name = encodeURIComponent(encodeURIComponent(repository.slice(slash + 1)));
  return `/api/v2.0/projects/${repository.slice(0, slash)}/repositories/${name}`;
}

/** Gives an image a tag that is free. @throws Doubt */
export async function createTag(target: Target, { digest }: Image, tag: string): Promise<void> {
  const { session, world, repository } = target;
  await write(session, {
    fact: { op: 'create-tag', repository, digest, tags: [tag] },
    changes: [{ name: tagName(repository, tag), value: digest }],
    method: 'POST',
    path: `${pathOf(repository)}/artifacts/${digest}/tags`,
    call: withJson({ name: tag }),
    success: 201,
    // Gone, or taken.
    refusals: [404, 409],
    onBegin: () => world.tagging.tag(manifestName(repository, digest), [tag]),
  });
}

/** Points a tag back to where it was. @throws Doubt */
export async function restoreTag(target: Target, { digest }: Image, tag: string): Promise<void> {
  const { session, world, repository } = target;
  await write(session, {
    fact: { op: 'restore-tag', repository, digest, tags: [tag] },
    changes: [{ name: tagName(repository, tag), value: digest }],
    method: 'POST',
    path: `${pathOf(repository)}/tags/${tag}/restore`,
    call: withJson({ digest }),
    success: 200,
    refusals: [404],
    onBegin: () => world.tagging.tag(manifestName(repository, digest), [tag]),
  });
}

/** Shows an image of another repository in this one, with its tags. @throws Doubt */
export async function copyImage(target: Target, from: string, image: Image): Promise<void> {
  const { repository } = target;
  await bringBack(target, image, {
    op: 'copy',
    from,
    path: `${pathOf(repository)}/artifacts?from=${encodeURIComponent(`${from}@${image.digest}`)}`,
    success: 201,
    // The source is gone, or never still.
    refusals: [404, 409],
  });
}

/** Takes an image out of the trash, with those of its tags that are free. @throws Doubt */
export async function restoreImage(target: Target, image: Image): Promise<void> {
  const { repository } = target;
  await bringBack(target, image, {
    op: 'restore',
    from: repository,
    path: `${pathOf(repository)}/deleted-artifacts/${image.digest}/restore`,
    success: 200,
    refusals: [404],
  });
}

interface Return {
  readonly op: string;
  /** The repository where its tags are from. */
  readonly from: string;
  readonly path: string;
  readonly success: number;
  readonly refusals: readonly number[];
}

async function bringBack(target: Target, image: Image, wanted: Return): Promise<void> {
  const { session, world, repository } = target;
  const { op, from, path, success, refusals } = wanted;
  const { digest } = image;
  const name = manifestName(repository, digest);
  const source = manifestName(from, digest);
  const brought = new Set<string>();
  let forget: (() => void) | undefined;

  /** Nobody knows which of its tags it has at that moment. */
  function bring(operation: Operation, tags: readonly string[]): void {
    const fresh = tags.filter((tag) => !brought.has(tag));
    if (fresh.length === 0) return;
    for (const tag of fresh) brought.add(tag);
    session.ledger.extend(
      operation,
      fresh.map((tag) => ({ name: tagName(repository, tag), value: digest, isPossible: true })),
    );
    world.tagging.tag(name, fresh);
  }

  world.remember(repository, { image });
  for (const blob of image.blobs) world.remember(repository, { blob });
  await write(session, {
    fact: { op, repository, digest, event: 'PUSH_ARTIFACT' },
    changes: [{ name, value: PRESENT }, ...partsOf(repository, image)],
    method: 'POST',
    path,
    success,
    refusals: [...refusals, ...full(target)],
    onBegin(operation) {
      forget = world.tagging.watch(source, (tags) => bring(operation, tags));
      bring(operation, world.tagging.known(source));
    },
    onEnd: () => forget?.(),
  });
}
