import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { digestOf, mediaType } from '@berth/oci';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DistributionLayout } from '../../test/distribution-layout.ts';
import { type ImportWorld, openImportWorld } from '../../test/storage-import.ts';

let world: ImportWorld;

beforeEach(async () => {
  world = await openImportWorld();
});
afterEach(async () => {
  await world[Symbol.asyncDispose]();
});

describe('what cannot be taken over', () => {
  it.each<[string, string, () => Promise<unknown>]>([
    [
      'an image with a missing layer',
      'missing-blob',
      async () => rm(world.layout.blobPath((await world.layout.image('team/bad')).layer.digest)),
    ],
    [
      'an image with a layer of another size',
      'wrong-size',
      async () =>
        writeFile(world.layout.blobPath((await world.layout.image('team/bad')).layer.digest), 'x'),
    ],
    [
      'a manifest of other bytes',
      'damaged',
      async () =>
        writeFile(world.layout.blobPath((await world.layout.image('team/bad')).digest), '{}'),
    ],
    [
      'a manifest without bytes',
      'missing-blob',
      async () => rm(world.layout.blobPath((await world.layout.image('team/bad')).digest)),
    ],
    [
      "Docker's schema 1",
      'schema1',
      () => world.layout.manifest('team/bad', { fields: { schemaVersion: 1 } }, { fsLayers: [] }),
    ],
    [
      'a manifest that is none',
      'invalid-manifest',
      () => world.layout.manifest('team/bad', {}, { mediaType: mediaType.ociManifest }),
    ],
    [
      'a manifest of 5 MiB',
      'invalid-manifest',
      () => world.layout.manifest('team/bad', { fields: { pad: 'x'.repeat(5 << 20) } }, {}),
    ],
    [
      'an empty link',
      'broken-link',
      () =>
        world.layout.link('team/bad', ['_manifests', 'revisions', 'sha256', 'a'.repeat(64)], ''),
    ],
    [
      'a link to another digest',
      'broken-link',
      async () => {
        const { digest } = await world.layout.image('team/bad');
        await rm(world.layout.repositoryPath('team/bad'), { recursive: true });
        const parts = ['_manifests', 'revisions', 'sha256', 'b'.repeat(64)];
        await world.layout.link('team/bad', parts, digest);
      },
    ],
    [
      'a huge link',
      'broken-link',
      () =>
        world.layout.link(
          'team/bad',
          ['_manifests', 'revisions', 'sha256', 'a'.repeat(64)],
          `sha256:${'a'.repeat(64)}${' '.repeat(10_000)}`,
        ),
    ],
    [
      'a strange digest',
      'invalid-name',
      () => world.layout.link('team/bad', revisions('..%2f'), 'x'),
    ],
    [
      'a strange name',
      'invalid-name',
      async () => void (await world.layout.image('team/Bad\u001b[2J')),
    ],
    [
      'a project that cannot be',
      'invalid-name',
      async () => void (await world.layout.image('a--b/c')),
    ],
    ['a strange tag', 'invalid-name', () => world.layout.link('team/bad', tagPath('-x'), 'x')],
    [
      'a tag of nothing',
      'dangling-tag',
      () => world.layout.tag('team/bad', 'v', digestOf(Buffer.of(1))),
    ],
  ])('%s is told, and the rest goes on', async (_what, reason, spoil) => {
    await spoil();
    const good = await world.layout.image('team/good', { tags: ['1'] });
    const report = await world.run();
    expect(report.items.map((item) => item.reason)).toEqual([reason]);
    expect(report.items[0]?.item).toMatch(/^[\x20-\x7e]+$/);
    expect(await world.pull('team/good', '1')).toEqual(good.content);
    // A tag without a manifest is nothing that could be lost.
    expect(await world.foreign()).toBe(reason !== 'dangling-tag');
  });

  it('an index is taken without the child that is not', async () => {
    const [good, bad] = [
      await world.layout.image('team/app'),
      await world.layout.image('team/app'),
    ];
    await rm(world.layout.blobPath(bad.layer.digest));
    const index = await world.layout.index('team/app', [good, bad], { tags: ['i'] });
    expect(await world.run()).toMatchObject({ artifacts: 2, skipped: 1 });
    expect(await world.pull('team/app', 'i')).toEqual(index.content);
  });

  it('may be given up, which ends the protection of its files', async () => {
    await rm(world.layout.blobPath((await world.layout.image('team/bad')).layer.digest));
    await world.run();
    expect(await world.foreign()).toBe(true);
    await world.run({ acceptSkipped: true });
    expect(await world.foreign()).toBe(false);
  });
});

const revisions = (name: string) => ['_manifests', 'revisions', 'sha256', name];
const tagPath = (name: string) => ['_manifests', 'tags', name, 'current'];

describe('tricks with paths', () => {
  /** A layout beside ours, of which nothing must be read. */
  async function outside() {
    const other = new DistributionLayout(join(world.base, 'outside'));
    return { other, image: await other.image('team/secret', { tags: ['1'] }) };
  }

  it('a repository that is a symbolic link is not followed', async () => {
    const { other } = await outside();
    await world.layout.image('team/app');
    await symlink(other.repositoryPath('team/secret'), world.layout.repositoryPath('team/link'));
    expect(await world.run()).toMatchObject({ artifacts: 1, items: [{ item: 'team/link' }] });
  });

  it.each(['_manifests', '_manifests/revisions', '_manifests/revisions/sha256', '_manifests/tags'])(
    '%s that is a symbolic link is not followed',
    async (part) => {
      const { other } = await outside();
      await world.layout.image('team/app');
      const path = world.layout.repositoryPath('team/link', part);
      await mkdir(dirname(path), { recursive: true });
      await symlink(other.repositoryPath('team/secret', part), path);
      expect(await world.run()).toMatchObject({ artifacts: 1, tags: 0, skipped: 0 });
    },
  );

  it('links and blobs that are symbolic links are not read', async () => {
    const { other, image } = await outside();
    const parts = ['_manifests', 'revisions', ...image.digest.split(':')];
    const path = world.layout.repositoryPath('team/app', ...parts, 'link');
    await mkdir(dirname(path), { recursive: true });
    await symlink(other.repositoryPath('team/secret', ...parts, 'link'), path);
    await world.layout.revision('team/other', image.digest);
    await mkdir(dirname(world.layout.blobPath(image.digest)), { recursive: true });
    await symlink(other.blobPath(image.digest), world.layout.blobPath(image.digest));
    const report = await world.run();
    expect(report).toMatchObject({ artifacts: 0, skipped: 2 });
    expect(report.items.map(({ reason }) => reason)).toEqual(['broken-link', 'unreadable']);
  });

  it('names with .. or of a hidden directory are no repositories', async () => {
    await world.layout.image('team/app');
    await mkdir(world.layout.repositoryPath('team/..x/_manifests'), { recursive: true });
    await mkdir(world.layout.repositoryPath('.snapshot/team/app/_manifests'), { recursive: true });
    expect(await world.run()).toMatchObject({ repositories: 1, skipped: 0 });
  });
});
