import { type ArtifactWorld, assertGone, inspectDigest, pushArgs } from './artifact-world.ts';
import { assertEqual, listAt, numberAt, textAt, valueAt } from './assertion.ts';
import type { Step } from './client.ts';
import { assertSameImage, type Layout, writeImageLayout } from './layout.ts';

const PATH = 'past/image';

/** What was deleted or moved comes back. */
export function createPastSteps(world: ArtifactWorld): Step[] {
  const { context, admin } = world;
  const repository = world.repository(PATH);
  const remote = world.remote(`${PATH}:1`);
  let first: Layout;
  let second: Layout;
  let size = 0;
  let robot = '';

  return [
    {
      name: 'an image deleted through the API is gone for skopeo, and free at once',
      async run() {
        first = await writeImageLayout(await context.directory('artifacts/past-first'));
        await world.skopeo(pushArgs(first, remote));
        const before = (await world.getQuota(world.project)).used;
        size = numberAt(await world.getArtifact(PATH, '1'), 'size');
        await admin.send({ method: 'DELETE', path: `${repository}/artifacts/1` }, 200);
        await assertGone(world, remote);
        assertEqual((await world.getQuota(world.project)).used, before - size, 'used bytes');
      },
    },
    {
      name: 'it is listed among the deleted, with who deleted it',
      async run() {
        const path = `${repository}/deleted-artifacts`;
        const [deleted] = listAt((await admin.send({ method: 'GET', path }, 200)).body);
        const told = ['digest', 'deleted_by', 'type'].map((name) => valueAt(deleted, name));
        assertEqual(told, [first.digest, 'admin', 'IMAGE'], 'digest, deleted_by, type');
        assertEqual(listAt(deleted, 'tags'), ['1'], 'tags');
      },
    },
    {
      name: 'restored, skopeo copies it with its tag and all bytes, and it counts again',
      async run() {
        const before = (await world.getQuota(world.project)).used;
        const path = `${repository}/deleted-artifacts/${first.digest}/restore`;
        await admin.send({ method: 'POST', path }, 200);
        const directory = await context.directory('artifacts/past-restored');
        const flags = ['copy', '--src-tls-verify=false'];
        await world.skopeo([...flags, `docker://${remote}`, `oci:${directory}:1`]);
        await assertSameImage(first.directory, directory, first.digest);
        assertEqual(await inspectDigest(world, remote), first.digest, 'digest');
        assertEqual((await world.getQuota(world.project)).used, before + size, 'used bytes');
        await world.refusal({ method: 'POST', path }, 404);
      },
    },
    {
      name: 'the history of a tag tells the robot that moved it and the admin before it',
      async run() {
        const made = await world.createRobot('pusher');
        robot = made.name;
        second = await writeImageLayout(await context.directory('artifacts/past-second'));
        await world.skopeo(
          pushArgs(second, remote),
          made.env === undefined ? {} : { env: made.env },
        );
        const history = await listHistory();
        const [latest] = history;
        assertEqual(
          ['actor', 'from_digest', 'to_digest'].map((name) => valueAt(latest, name)),
          [robot, first.digest, second.digest],
          'the latest change',
        );
        const actors = history.map((change) => textAt(change, 'actor'));
        assertEqual(actors, [robot, 'admin', 'admin', 'admin'], 'actors');
      },
    },
    {
      name: 'a tag is put back to where it was, and skopeo sees it there',
      async run() {
        const path = `${repository}/tags/1/restore`;
        await admin.send({ method: 'POST', path, body: { digest: first.digest } }, 200);
        assertEqual(await inspectDigest(world, remote), first.digest, 'digest');
        const [latest] = await listHistory();
        assertEqual(valueAt(latest, 'actor'), 'admin', 'actor');
        assertEqual(valueAt(latest, 'from_digest'), second.digest, 'from');
      },
    },
    {
      name: 'a deleted tag is put back, though its artifact was deleted with it',
      async run() {
        await admin.send({ method: 'DELETE', path: `${repository}/artifacts/1` }, 200);
        const path = `${repository}/deleted-artifacts/${first.digest}/restore`;
        await admin.send({ method: 'POST', path }, 200);
        await admin.send({ method: 'DELETE', path: `${repository}/artifacts/1/tags/1` }, 200);
        await assertGone(world, remote);
        const body = { digest: first.digest };
        await admin.send({ method: 'POST', path: `${repository}/tags/1/restore`, body }, 200);
        assertEqual(await inspectDigest(world, remote), first.digest, 'digest');
      },
    },
    {
      name: 'a whole repository that was deleted comes back, artifact by artifact',
      async run() {
        await admin.send({ method: 'DELETE', path: repository }, 200);
        await assertGone(world, remote);
        const deleted = `/projects/${world.project}/deleted-artifacts`;
        const query = { page_size: 100 };
        const { body } = await admin.send({ method: 'GET', path: deleted, query }, 200);
        const name = `${world.project}/${PATH}`;
        const ours = listAt(body).filter((one) => valueAt(one, 'repository_name') === name);
        const digests = ours.map((one) => textAt(one, 'digest')).toSorted();
        assertEqual(digests, [first.digest, second.digest].toSorted(), 'digests');
        for (const digest of digests) {
          const path = `${repository}/deleted-artifacts/${digest}/restore`;
          await admin.send({ method: 'POST', path }, 200);
        }
        assertEqual(await inspectDigest(world, remote), first.digest, 'digest');
      },
    },
  ];

  async function listHistory(): Promise<unknown[]> {
    const path = `${repository}/tags/1/history`;
    return listAt((await admin.send({ method: 'GET', path }, 200)).body);
  }
}
