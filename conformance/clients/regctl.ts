import { join } from 'node:path';
import { assertEqual, assertIncludes } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context, RunOptions } from './context.ts';
import { assertSameImage, type Layout, writeImageLayout, writeIndexLayout } from './layout.ts';

const SBOM_TYPE = 'application/spdx+json';
const SBOM = '{"spdxVersion":"SPDX-2.3","name":"regctl"}';

/** regctl of regclient: chunked uploads, referrers and the tag delete of OCI 1.1. */
export const regctl: Client = { name: 'regctl', tools: ['regctl'], createSteps };

function createSteps(context: Context): Step[] {
  const { host, username, password } = context.registry;
  const repository = `${host}/${context.publicProject}/regctl`;
  const copied = `${host}/${context.privateProject}/regctl`;
  let image: Layout;
  let index: Layout;

  /** regctl keeps the login and the `http` of a registry in one file. */
  async function regctl(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const config = join(await context.directory('regctl'), 'config.json');
    const env = { ...context.auth.none, REGCTL_CONFIG: config, ...options.env };
    return context.run([context.tool('regctl'), ...args], { ...options, env });
  }

  async function refuse(args: readonly string[], name: string, input?: string): Promise<void> {
    const config = join(await context.directory('regctl'), `${name}.json`);
    const env = { ...context.auth.none, REGCTL_CONFIG: config };
    await regctl(['registry', 'set', '--skip-check', '--tls', 'disabled', host], { env });
    await context.refuse([context.tool('regctl'), ...args], undefined, {
      env,
      ...(input === undefined ? {} : { input }),
    });
  }

  const loginArgs = ['registry', 'login', host, '--user', username, '--pass-stdin'];
  return [
    {
      name: 'login with the right password',
      async run() {
        await regctl(['registry', 'set', '--skip-check', '--tls', 'disabled', host]);
        await regctl(loginArgs, { input: password });
      },
    },
    {
      name: 'login with a wrong password is refused',
      run: () => refuse(loginArgs, 'wrong', context.wrongPassword),
    },
    {
      name: 'copy an image in and out byte for byte',
      async run() {
        image = await writeImageLayout(await context.directory('regctl/image'));
        await regctl(['image', 'copy', `ocidir://${image.directory}:1`, `${repository}:1`]);
        const directory = await context.directory('regctl/image-pulled');
        await regctl(['image', 'copy', `${repository}:1`, `ocidir://${directory}:1`]);
        await assertSameImage(image.directory, directory, image.digest);
      },
    },
    {
      name: 'copy in chunks (PATCH with ranges)',
      async run() {
        const config = join(await context.directory('regctl'), 'chunked.json');
        const env = { REGCTL_CONFIG: config };
        const chunks = ['--blob-chunk', '300000', '--blob-max', '300000'];
        await regctl(['registry', 'set', '--skip-check', '--tls', 'disabled', ...chunks, host], {
          env,
        });
        await regctl(loginArgs, { input: password, env });
        const layout = await writeImageLayout(await context.directory('regctl/chunked'));
        const source = `ocidir://${layout.directory}:1`;
        await regctl(['image', 'copy', source, `${repository}:chunked`], { env });
        const directory = await context.directory('regctl/chunked-pulled');
        await regctl(['image', 'copy', `${repository}:chunked`, `ocidir://${directory}:1`]);
        await assertSameImage(layout.directory, directory, layout.digest);
      },
    },
    {
      name: 'copy a multi-arch index with all platforms to another project',
      async run() {
        index = await writeIndexLayout(await context.directory('regctl/index'));
        await regctl(['image', 'copy', `ocidir://${index.directory}:1`, `${repository}:multi`]);
        await regctl(['image', 'copy', `${repository}:multi`, `${copied}:multi`]);
        const directory = await context.directory('regctl/index-pulled');
        await regctl(['image', 'copy', `${copied}:multi`, `ocidir://${directory}:1`]);
        await assertSameImage(index.directory, directory, index.digest);
      },
    },
    {
      name: 'attach an SBOM, list it among the referrers and read it back',
      async run() {
        const subject = `${repository}:1`;
        const put = ['artifact', 'put', '--artifact-type', SBOM_TYPE, '--subject', subject];
        await regctl(put, { input: SBOM });
        const filter = ['--filter-artifact-type', SBOM_TYPE];
        const listed = await regctl(['artifact', 'list', subject, ...filter, '--format', 'body']);
        assertIncludes(listed, SBOM_TYPE, 'referrers');
        const got = await regctl(['artifact', 'get', '--subject', subject, ...filter]);
        assertEqual(got, SBOM, 'the SBOM');
      },
    },
    {
      name: 'copy with referrers',
      async run() {
        const target = `${copied}:with-referrers`;
        await regctl(['image', 'copy', '--referrers', `${repository}:1`, target]);
        const listed = await regctl(['artifact', 'list', target, '--format', 'body']);
        assertIncludes(listed, SBOM_TYPE, 'referrers');
      },
    },
    {
      name: 'the referrers API answers itself: no fallback tag was made',
      async run() {
        const tags = (await regctl(['tag', 'ls', repository])).split('\n').toSorted();
        assertEqual(tags, ['1', 'chunked', 'multi'], 'tags');
      },
    },
    {
      name: 'list tags in pages',
      async run() {
        const first = await regctl(['tag', 'ls', '--limit', '1', repository]);
        assertEqual(first.split('\n')[0], '1', 'first page');
        const rest = await regctl(['tag', 'ls', '--last', 'chunked', repository]);
        assertEqual(rest, 'multi', 'tags after the last one named');
      },
    },
    {
      name: 'delete one tag and keep the manifest, then delete the manifest',
      async run() {
        await regctl(['image', 'copy', `${repository}:1`, `${repository}:other`]);
        await regctl(['tag', 'delete', `${repository}:other`]);
        assertEqual(await regctl(['image', 'digest', `${repository}:1`]), image.digest, 'digest');
        await regctl(['manifest', 'delete', `${repository}@${image.digest}`]);
        const tags = (await regctl(['tag', 'ls', repository])).split('\n').toSorted();
        assertEqual(tags, ['chunked', 'multi'], 'tags');
      },
    },
    {
      name: 'anonymous push is refused',
      run: () =>
        refuse(
          ['image', 'copy', `ocidir://${image.directory}:1`, `${repository}:anonymous`],
          'anonymous',
        ),
    },
    {
      name: 'anonymous pull from a private project is refused',
      run: () => refuse(['manifest', 'get', `${copied}:multi`], 'anonymous-pull'),
    },
  ];
}
