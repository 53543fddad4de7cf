import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual, assertIncludes } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context } from './context.ts';
import {
  assertSameImage,
  computeDigest,
  type Layout,
  writeImageLayout,
  writeIndexLayout,
} from './layout.ts';

/** crane of go-containerregistry, the library under ko, kaniko, Tekton and cosign. */
export const crane: Client = { name: 'crane', tools: ['crane'], createSteps };

function createSteps(context: Context): Step[] {
  const repository = `${context.registry.host}/${context.publicProject}/crane`;
  const copied = `${context.registry.host}/${context.privateProject}/crane`;
  const argv = (...args: string[]) => [context.tool('crane'), '--insecure', ...args];
  const crane = (...args: string[]) => context.run(argv(...args));
  let image: Layout;
  let index: Layout;

  async function pullAndCompare(layout: Layout, reference: string, name: string): Promise<void> {
    const directory = await context.directory(`crane/${name}`);
    await crane('pull', '--format=oci', reference, directory);
    await assertSameImage(layout.directory, directory, layout.digest);
  }

  return [
    {
      name: 'push with the credentials of its own login',
      async run() {
        const { host, username, password } = context.registry;
        const env = { DOCKER_CONFIG: await context.directory('crane/login') };
        const login = argv('auth', 'login', host, '-u', username, '--password-stdin');
        await context.run(login, { input: password, env });
        image = await writeImageLayout(await context.directory('crane/image'));
        await context.run(argv('push', image.directory, `${repository}:1`), { env });
      },
    },
    {
      name: 'push with a wrong password is refused',
      run: () =>
        context.refuse(argv('push', image.directory, `${repository}:wrong`), undefined, {
          env: context.auth.wrong,
        }),
    },
    {
      name: 'pull it back byte for byte, validate and read its digest',
      async run() {
        await pullAndCompare(image, `${repository}:1`, 'image-pulled');
        assertEqual(await crane('digest', `${repository}:1`), image.digest, 'digest');
        await crane('validate', '--remote', `${repository}:1`);
        const manifest = await context.runRaw(argv('manifest', `${repository}:1`));
        assertEqual(computeDigest(manifest), image.digest, 'digest of the manifest');
      },
    },
    {
      name: 'push a multi-arch index, copy it to another project and pull all platforms',
      async run() {
        index = await writeIndexLayout(await context.directory('crane/index'));
        await crane('push', '--index', index.directory, `${repository}:multi`);
        // crane pushes index.json itself, so what it tags is an index that holds our index.
        const outer = computeDigest(await readFile(join(index.directory, 'index.json')));
        assertEqual(await crane('digest', `${repository}:multi`), outer, 'digest');
        await crane('copy', `${repository}@${index.digest}`, `${copied}:multi`);
        assertEqual(await crane('digest', `${copied}:multi`), index.digest, 'digest');
        await crane('validate', '--remote', `${repository}:multi`);
        await crane('validate', '--remote', `${copied}:multi`);
        await pullAndCompare(index, `${copied}:multi`, 'index-pulled');
      },
    },
    {
      name: 'mutate makes a new manifest under a new tag and keeps the old one',
      async run() {
        await crane('mutate', '--label', 'by=crane', '-t', `${repository}:2`, `${repository}:1`);
        assertIncludes(await crane('config', `${repository}:2`), '"by":"crane"', 'config');
        assertEqual(await crane('digest', `${repository}:1`), image.digest, 'digest');
      },
    },
    {
      name: 'tag, list tags and read the catalog',
      async run() {
        await crane('tag', `${repository}:1`, 'latest');
        const tags = (await crane('ls', repository)).split('\n').toSorted();
        assertEqual(tags, ['1', '2', 'latest', 'multi'], 'tags');
        const catalog = (await crane('catalog', context.registry.host)).split('\n');
        assertIncludes(catalog.join('\n'), `${context.publicProject}/crane`, 'catalog');
        assertIncludes(catalog.join('\n'), `${context.privateProject}/crane`, 'catalog');
      },
    },
    {
      name: 'the anonymous catalog shows no private repositories',
      async run() {
        const catalog = argv('catalog', context.registry.host);
        const listed = await context.run(catalog, { env: context.auth.none });
        if (listed.includes(`${context.privateProject}/`)) throw new Error(`it shows\n${listed}`);
      },
    },
    {
      name: 'anonymous push is refused, anonymous pull from a public project works',
      async run() {
        const env = context.auth.none;
        const target = `${repository}:anonymous`;
        await context.refuse(argv('push', image.directory, target), undefined, { env });
        const found = await context.run(argv('digest', `${repository}:1`), { env });
        assertEqual(found, image.digest, 'digest');
      },
    },
    {
      name: 'anonymous pull from a private project is refused',
      run: () =>
        context.refuse(argv('manifest', `${copied}:multi`), undefined, {
          env: context.auth.none,
        }),
    },
    {
      name: 'delete by digest takes all tags along',
      async run() {
        await crane('delete', `${repository}@${image.digest}`);
        await context.refuse(argv('digest', `${repository}:latest`), /MANIFEST_UNKNOWN|404/);
        assertEqual((await crane('ls', repository)).split('\n').toSorted(), ['2', 'multi'], 'tags');
      },
    },
  ];
}
