import { type ArtifactWorld, assertGone, inspectDigest, pushArgs } from './artifact-world.ts';
import { assertEqual, assertIncludes, listAt, textAt, valueAt } from './assertion.ts';
import type { Step } from './client.ts';
import { assertSameImage, hostPlatform, type Layout, writeIndexLayout } from './layout.ts';

const PATH = 'app/multi';
const BY_REGCTL = 'app/regctl';

/** A multi-arch index: its children, what may be deleted of it, and the space that it takes. */
export function createIndexSteps(world: ArtifactWorld): Step[] {
  const { context, admin } = world;
  const item = (reference: string) => `${world.repository(PATH)}/artifacts/${reference}`;
  let layout: Layout;
  let children: string[] = [];
  let usedBefore = 0;

  return [
    {
      name: 'skopeo pushes an index: the list has it and not its children, which are references',
      async run() {
        usedBefore = (await world.getQuota(world.project)).used;
        layout = await writeIndexLayout(await context.directory('artifacts/index'));
        await world.skopeo(pushArgs(layout, world.remote(`${PATH}:1`)));
        const [index, ...others] = listAt(await world.listArtifacts(PATH));
        assertEqual(others.length, 0, 'further artifacts');
        assertEqual(valueAt(index, 'digest'), layout.digest, 'digest');
        assertEqual(valueAt(index, 'type'), 'IMAGE', 'type');
        const references = listAt(index, 'references');
        const platforms = references.map((one) => valueAt(one, 'platform', 'architecture'));
        const { architecture } = hostPlatform;
        const other = architecture === 'amd64' ? 'arm64' : 'amd64';
        assertEqual(platforms, [architecture, other, 'arm'], 'architectures');
        children = references.map((one) => textAt(one, 'child_digest'));
      },
    },
    {
      name: 'a child can be looked at by its digest',
      async run() {
        const child = await world.getArtifact(PATH, children[2] ?? '');
        assertEqual(valueAt(child, 'extra_attrs', 'architecture'), 'arm', 'architecture');
        assertEqual(valueAt(child, 'tags'), null, 'tags');
      },
    },
    {
      name: 'deleting a child is refused with 412, naming the index that lists it',
      async run() {
        const path = item(children[0] ?? '');
        const sentence = await world.refusal({ method: 'DELETE', path }, 412);
        assertIncludes(sentence, layout.digest, 'the sentence');
        await world.getArtifact(PATH, children[0] ?? '');
      },
    },
    {
      name: 'skopeo delete of a child is refused with the same sentence',
      async run() {
        const image = `docker://${world.remote(PATH)}@${children[0]}`;
        const argv = ['delete', '--tls-verify=false', image];
        await world.refuseSkopeo(argv, /is listed by the index .*; delete that index first/);
      },
    },
    {
      name: 'regctl copies the index within the project: nothing more is used',
      async run() {
        const { used } = await world.getQuota(world.project);
        if (used <= usedBefore) throw new Error(`${usedBefore} bytes before, ${used} after`);
        await world.regctl([
          'image',
          'copy',
          world.remote(`${PATH}:1`),
          world.remote(`${BY_REGCTL}:1`),
        ]);
        assertEqual((await world.getQuota(world.project)).used, used, 'used bytes');
        const copied = await world.getArtifact(BY_REGCTL, '1');
        assertEqual(valueAt(copied, 'digest'), layout.digest, 'digest');
        assertEqual(listAt(copied, 'references').length, 3, 'references');
      },
    },
    {
      name: 'a copy through the API brings all platforms to another project, byte for byte',
      async run() {
        const from = `${world.project}/${PATH}:1`;
        const path = `${world.repository('copied', world.target)}/artifacts`;
        await admin.send({ method: 'POST', path, query: { from } }, 201);
        const directory = await context.directory('artifacts/index-copied');
        const source = `docker://${world.remote('copied:1', world.target)}`;
        const flags = ['copy', '--all', '--src-tls-verify=false'];
        await world.skopeo([...flags, source, `oci:${directory}:1`]);
        await assertSameImage(layout.directory, directory, layout.digest);
      },
    },
    {
      name: 'the index takes its children along, and the quota is free at once',
      async run() {
        const path = `${world.repository(BY_REGCTL)}/artifacts/1`;
        await admin.send({ method: 'DELETE', path }, 200);
        await admin.send({ method: 'DELETE', path: item('1') }, 200);
        assertEqual((await world.getQuota(world.project)).used, usedBefore, 'used bytes');
        for (const digest of [layout.digest, ...children]) {
          await assertGone(world, `${world.remote(PATH)}@${digest}`);
          await world.refusal({ method: 'GET', path: item(digest) }, 404);
        }
      },
    },
    {
      name: 'the copy in the other project is still there',
      async run() {
        const digest = await inspectDigest(world, world.remote('copied:1', world.target));
        assertEqual(digest, layout.digest, 'digest');
      },
    },
  ];
}
