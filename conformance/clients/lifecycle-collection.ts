import { waitUntil } from './artifact-images.ts';
import { assertEqual, assertIncludes, numberAt } from './assertion.ts';
import type { Step } from './client.ts';
import type { Layout } from './layout.ts';
import { type LifecycleWorld, PROJECT } from './lifecycle-world.ts';

const GONE = /manifest unknown|not found/i;
const READ_ONLY = /The system is in read only mode\. Any modification is prohibited\./;

/** Bytes of deleted images come back, and no others. */
export function createCollectionSteps(world: LifecycleWorld): Step[] {
  const layouts: Layout[] = [];
  const at = (index: number) => {
    const layout = layouts[index];
    if (layout === undefined) throw new Error('it was not pushed');
    return layout;
  };
  let full = 0;
  const artifact = (reference: string) =>
    `/projects/${PROJECT}/repositories/app/artifacts/${reference}`;

  return [
    {
      name: 'skopeo pushes three images, and deletes one; the API deletes another',
      async run() {
        for (const tag of ['1', '2', '3']) {
          const layout = await world.createLayout();
          layouts.push(layout);
          await world.push(layout, `app:${tag}`);
        }
        full = await world.measureStore();
        await world.skopeo('delete', '--tls-verify=false', world.remote('app:1'));
        await world.admin.send({ method: 'DELETE', path: artifact('2') }, 200);
      },
    },
    {
      name: 'a dry run tells what could go, and frees nothing',
      async run() {
        const two = at(0).payload.length + at(1).payload.length;
        await waitUntil('the leases to end', async () => {
          const { told, log } = await world.run('gc', { dry_run: true, purge_deleted: true });
          assertIncludes(log, 'The GC could free up', 'the log');
          return numberAt(told, 'freed_space') >= two;
        });
        assertEqual(await world.measureStore(), full, 'bytes');
      },
    },
    {
      name: 'what can still be brought back is not collected',
      async run() {
        const { told } = await world.run('gc', {});
        assertEqual(numberAt(told, 'freed_space'), 0, 'freed bytes');
        assertEqual(await world.measureStore(), full, 'bytes');
      },
    },
    {
      name: 'with purge_deleted its bytes are freed; skopeo pulls what is left unchanged',
      async run() {
        const { told, log } = await world.run('gc', { purge_deleted: true, workers: 3 });
        const freed = numberAt(told, 'freed_space');
        const gone = full - (await world.measureStore());
        const two = at(0).payload.length + at(1).payload.length;
        // Small blobs lie in the database.
        if (gone < two || freed < gone) throw new Error(`${gone} gone, ${freed} told of:\n${log}`);
        assertEqual(numberAt(told, 'purged_manifests'), 2, 'manifests');
        await world.pullAndCompare(at(2), 'app:3');
        for (const tag of ['1', '2']) {
          const argv = ['inspect', '--tls-verify=false', '--raw', world.remote(`app:${tag}`)];
          await world.refuseSkopeo(GONE, ...argv);
        }
      },
    },
    {
      name: 'with undelete_days 0 nothing has to be said, and the same image can be pushed again',
      async run() {
        await world.configure({ undelete_days: 0 });
        await world.push(at(0), 'app:1');
        const before = await world.measureStore();
        await world.admin.send({ method: 'DELETE', path: artifact('1') }, 200);
        await waitUntil('its bytes to go', async () => {
          await world.run('gc', {});
          return before - (await world.measureStore()) >= at(0).payload.length;
        });
        await world.push(at(0), 'app:again');
        await world.pullAndCompare(at(0), 'app:again');
      },
    },
  ];
}

/** While nothing may change, pulls work and space comes back. */
export function createReadOnlySteps(world: LifecycleWorld): Step[] {
  let layout: Layout;
  return [
    {
      name: 'in read-only mode a push is refused with the sentence, and so is the API',
      async run() {
        layout = await world.createLayout();
        await world.push(layout, 'frozen:1');
        const doomed = await world.createLayout();
        await world.push(doomed, 'frozen:doomed');
        const artifacts = `/projects/${PROJECT}/repositories/frozen/artifacts`;
        await world.admin.send({ method: 'DELETE', path: `${artifacts}/doomed` }, 200);
        await world.configure({ read_only: true });
        await world.refuseSkopeo(READ_ONLY, ...world.pushArgs(doomed, 'frozen:2'));
        await world.refuseSkopeo(
          READ_ONLY,
          'delete',
          '--tls-verify=false',
          world.remote('frozen:1'),
        );
        const code = await world.admin.refuse({ method: 'DELETE', path: `${artifacts}/1` }, 403);
        assertEqual(code, 'DENIED', 'code');
      },
    },
    {
      name: 'pulls work, and garbage is collected',
      async run() {
        await world.pullAndCompare(layout, 'frozen:1');
        const before = await world.measureStore();
        await waitUntil('the bytes to go', async () => {
          await collectByController(world);
          return before - (await world.measureStore()) >= layout.payload.length;
        });
        await world.pullAndCompare(layout, 'frozen:1');
      },
    },
    {
      name: 'afterwards pushes go on',
      async run() {
        await world.configure({ read_only: false });
        await world.push(layout, 'frozen:2');
      },
    },
  ];
}

/** As scripts do that talk to Harbor's registry controller. */
async function collectByController({ registry }: LifecycleWorld): Promise<void> {
  const { url, username, password } = registry;
  const basic = Buffer.from(`${username}:${password}`).toString('base64');
  const headers = { authorization: `Basic ${basic}` };
  const answer = await fetch(`${url}/api/registry/gc`, { method: 'POST', headers });
  await answer.body?.cancel();
  assertEqual(answer.status, 200, 'status');
}
