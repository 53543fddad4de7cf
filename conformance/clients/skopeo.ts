import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual, getJsonText } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context, RunOptions } from './context.ts';
import {
  assertSameImage,
  blobPath,
  computeDigest,
  type Layout,
  writeImageLayout,
  writeIndexLayout,
} from './layout.ts';

const FROM_PLAIN = '--src-tls-verify=false';
const TO_PLAIN = '--dest-tls-verify=false';
const PLAIN = '--tls-verify=false';
const SCHEMA2 = 'application/vnd.docker.distribution.manifest.v2+json';

/** Debian's skopeo: the widest set of steps, since podman and buildah send the same. */
export const skopeo: Client = {
  name: 'skopeo',
  tools: ['skopeo'],
  createSteps: (context) => [
    ...createLoginSteps(context),
    ...createImageSteps(context),
    ...createPermissionSteps(context),
  ],
};

/**
 * Copies a layout, with all platforms, to the registry.
 *
 * @param reference `project/path:tag`
 */
export async function pushLayout(
  context: Context,
  layout: Layout,
  reference: string,
  options: RunOptions = {},
): Promise<void> {
  const source = `oci:${layout.directory}:${layout.tag}`;
  const target = `docker://${context.registry.host}/${reference}`;
  await context.run([context.tool('skopeo'), 'copy', '--all', TO_PLAIN, source, target], options);
}

/**
 * Pulls into a new layout and compares all bytes with those of `layout`.
 *
 * @param reference `project/path:tag` or `project/path@digest`
 * @param name of the new layout's directory below the run's own
 * @returns the new layout's directory
 */
export async function pullAndCompare(
  context: Context,
  layout: Layout,
  { reference, name }: { readonly reference: string; readonly name: string },
  options: RunOptions = {},
): Promise<string> {
  const directory = await context.directory(name);
  const source = `docker://${context.registry.host}/${reference}`;
  await context.run(
    [context.tool('skopeo'), 'copy', '--all', FROM_PLAIN, source, `oci:${directory}:1`],
    options,
  );
  await assertSameImage(layout.directory, directory, layout.digest);
  return directory;
}

function createLoginSteps(context: Context): Step[] {
  const { host, username, password } = context.registry;
  const login = async () => {
    const authFile = join(await context.directory('skopeo'), 'login.json');
    const argv = [context.tool('skopeo'), 'login', PLAIN, '--authfile', authFile];
    return [...argv, '--username', username, '--password-stdin', host];
  };
  return [
    {
      name: 'login with the right password',
      run: async () => void (await context.run(await login(), { input: password })),
    },
    {
      name: 'login with a wrong password is refused',
      run: async () => context.refuse(await login(), undefined, { input: context.wrongPassword }),
    },
    {
      name: 'push after that login',
      async run() {
        const layout = await writeImageLayout(await context.directory('skopeo/login'));
        const authFile = join(await context.directory('skopeo'), 'login.json');
        await pushLayout(context, layout, `${context.publicProject}/skopeo:login`, {
          env: { REGISTRY_AUTH_FILE: authFile },
        });
      },
    },
  ];
}

function createImageSteps(context: Context): Step[] {
  const repository = `${context.publicProject}/skopeo`;
  const remote = `docker://${context.registry.host}/${repository}`;
  const skopeo = (...args: string[]) => context.run([context.tool('skopeo'), ...args]);
  let image: Layout;
  let index: Layout;
  return [
    {
      name: 'push an image and pull it back byte for byte',
      async run() {
        image = await writeImageLayout(await context.directory('skopeo/image'));
        await pushLayout(context, image, `${repository}:1`);
        await pullAndCompare(context, image, {
          reference: `${repository}:1`,
          name: 'skopeo/image-pulled',
        });
      },
    },
    {
      name: 'push it again: nothing is uploaded twice and nothing changes',
      async run() {
        await pushLayout(context, image, `${repository}:1`);
        const raw = await context.runRaw([
          context.tool('skopeo'),
          'inspect',
          PLAIN,
          '--raw',
          `${remote}:1`,
        ]);
        assertEqual(computeDigest(raw), image.digest, 'digest of the manifest');
      },
    },
    {
      name: 'push and pull a multi-arch index with all platforms, by tag and by digest',
      async run() {
        index = await writeIndexLayout(await context.directory('skopeo/index'));
        await pushLayout(context, index, `${repository}:multi`);
        for (const [name, suffix] of [
          ['tag', ':multi'],
          ['digest', `@${index.digest}`],
        ] as const) {
          const reference = `${repository}${suffix}`;
          await pullAndCompare(context, index, { reference, name: `skopeo/index-${name}` });
        }
      },
    },
    {
      name: 'copy the index to another repository with --multi-arch=all (blobs are mounted)',
      async run() {
        const copy = `${context.privateProject}/skopeo/copy`;
        const target = `docker://${context.registry.host}/${copy}:multi`;
        const flags = ['--multi-arch=all', FROM_PLAIN, TO_PLAIN];
        await skopeo('copy', ...flags, `${remote}:multi`, target);
        await pullAndCompare(context, index, {
          reference: `${copy}:multi`,
          name: 'skopeo/index-copied',
        });
      },
    },
    createSchema2Step(context),
    {
      name: 'list tags',
      async run() {
        const listed: { Tags: string[] } = JSON.parse(await skopeo('list-tags', PLAIN, remote));
        assertEqual(listed.Tags.toSorted(), ['1', 'login', 'multi', 'v2s2'], 'tags');
      },
    },
    {
      name: 'delete, after which the manifest is unknown',
      async run() {
        await skopeo('delete', PLAIN, `${remote}:1`);
        const inspect = [context.tool('skopeo'), 'inspect', PLAIN, `${remote}:1`];
        await context.refuse(inspect, /manifest unknown|not found/i);
      },
    },
  ];
}

function createSchema2Step(context: Context): Step {
  return {
    name: 'push a Docker schema 2 image and pull it back byte for byte',
    async run() {
      const skopeo = (...args: string[]) => context.run([context.tool('skopeo'), ...args]);
      const layout = await writeImageLayout(await context.directory('skopeo/v2s2'));
      const remote = `docker://${context.registry.host}/${context.publicProject}/skopeo:v2s2`;
      const digestFile = join(await context.directory('skopeo'), 'v2s2.digest');
      const flags = ['--format', 'v2s2', '--digestfile', digestFile, TO_PLAIN];
      await skopeo('copy', ...flags, `oci:${layout.directory}:1`, remote);
      const directory = await context.directory('skopeo/v2s2-pulled');
      await skopeo('copy', FROM_PLAIN, remote, `dir:${directory}`);
      const manifest = await readFile(join(directory, 'manifest.json'), 'utf8');
      assertEqual(computeDigest(manifest), await readFile(digestFile, 'utf8'), 'digest');
      assertEqual(getJsonText(manifest, ['mediaType']), SCHEMA2, 'media type');
      for (const index of [0, 1]) {
        const digest = getJsonText(manifest, ['layers', index, 'digest']);
        const pulled = await readFile(join(directory, digest.slice('sha256:'.length)));
        const pushed = await readFile(blobPath(layout.directory, digest));
        if (!pulled.equals(pushed)) throw new Error(`layer ${digest} has other bytes`);
      }
    },
  };
}

function createPermissionSteps(context: Context): Step[] {
  const { host } = context.registry;
  const image = `docker://${host}/${context.publicProject}/skopeo:multi`;
  const hidden = `docker://${host}/${context.privateProject}/skopeo/copy:multi`;
  const copy = async (...args: string[]) => [
    context.tool('skopeo'),
    'copy',
    ...args,
    `oci:${await context.directory('skopeo/anonymous')}:1`,
  ];
  return [
    {
      name: 'anonymous pull from a public project works',
      run: async () =>
        void (await context.run(await copy('--all', FROM_PLAIN, '--src-no-creds', image))),
    },
    {
      name: 'anonymous push to a public project is refused',
      async run() {
        const source = `oci:${await context.directory('skopeo/anonymous')}:1`;
        const argv = ['copy', '--all', TO_PLAIN, '--dest-no-creds', source, `${image}-anonymous`];
        await context.refuse([context.tool('skopeo'), ...argv]);
      },
    },
    {
      name: 'anonymous pull from a private project is refused',
      run: async () => context.refuse(await copy(FROM_PLAIN, '--src-no-creds', hidden)),
    },
    {
      name: 'pull with a wrong password is refused',
      run: async () =>
        context.refuse(await copy(FROM_PLAIN, hidden), undefined, { env: context.auth.wrong }),
    },
    {
      name: 'anonymous delete is refused',
      run: () => context.refuse([context.tool('skopeo'), 'delete', PLAIN, '--no-creds', image]),
    },
    {
      name: 'push to a project that does not exist is refused',
      async run() {
        const source = `oci:${await context.directory('skopeo/anonymous')}:1`;
        const target = `docker://${host}/no-such-project/skopeo:1`;
        await context.refuse(
          [context.tool('skopeo'), 'copy', TO_PLAIN, source, target],
          /unauthori[sz]ed|denied|not found|unknown|does not exist/i,
        );
      },
    },
  ];
}
