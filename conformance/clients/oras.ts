import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual, assertIncludes } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context, RunOptions } from './context.ts';

const PLAIN = '--plain-http';
const SBOM_TYPE = 'application/spdx+json';
const SBOM = '{"spdxVersion":"SPDX-2.3","name":"oras"}';

/** oras: artifacts of any type and what refers to them. */
export const oras: Client = { name: 'oras', tools: ['oras'], createSteps };

function createSteps(context: Context): Step[] {
  const { host, username, password } = context.registry;
  const artifact = `${host}/${context.publicProject}/oras:1`;
  const copied = `${host}/${context.privateProject}/oras:1`;

  async function configFile(name: string): Promise<string> {
    return join(await context.directory('oras'), `${name}.json`);
  }
  /** oras refuses absolute paths in names, so all runs are in the directory of the files. */
  async function oras(args: readonly string[], options: RunOptions = {}): Promise<string> {
    const cwd = await context.directory('oras/files');
    return context.run([context.tool('oras'), ...args], {
      cwd,
      ...options,
      env: { ...context.auth.right, ...options.env },
    });
  }
  async function refuse(args: readonly string[], options: RunOptions = {}): Promise<void> {
    const cwd = await context.directory('oras/files');
    await context.refuse([context.tool('oras'), ...args], undefined, { cwd, ...options });
  }
  const loginArgs = ['login', PLAIN, '--username', username, '--password-stdin', host];
  const none = { env: context.auth.none };

  return [
    {
      name: 'login with the right password',
      async run() {
        const flags = ['--registry-config', await configFile('login')];
        await oras([...loginArgs, ...flags], { input: password });
      },
    },
    {
      name: 'login with a wrong password is refused',
      async run() {
        const flags = ['--registry-config', await configFile('wrong')];
        await refuse([...loginArgs, ...flags], { input: context.wrongPassword });
      },
    },
    {
      name: 'push files and pull them back byte for byte',
      async run() {
        const files = await context.directory('oras/files');
        await writeFile(join(files, 'notes.txt'), 'notes\n');
        await writeFile(join(files, 'sbom.json'), SBOM);
        const type = ['--artifact-type', 'application/vnd.example.notes'];
        const flags = ['--registry-config', await configFile('login')];
        await oras(['push', PLAIN, ...flags, ...type, artifact, 'notes.txt:text/plain']);
        const pulled = await context.directory('oras/pulled');
        await oras(['pull', PLAIN, artifact, '--output', pulled]);
        assertEqual(await readFile(join(pulled, 'notes.txt'), 'utf8'), 'notes\n', 'the file');
      },
    },
    {
      name: 'attach an SBOM, discover it and pull it',
      async run() {
        const type = ['--artifact-type', SBOM_TYPE];
        await oras(['attach', PLAIN, ...type, artifact, `sbom.json:${SBOM_TYPE}`]);
        const found = await oras(['discover', PLAIN, ...type, '--format', 'json', artifact]);
        assertIncludes(found, SBOM_TYPE, 'referrers');
        const digest = /sha256:[0-9a-f]{64}/g;
        const subject = await oras(['resolve', PLAIN, artifact]);
        const referrer = [...found.matchAll(digest)].map(String).find((one) => one !== subject);
        const pulled = await context.directory('oras/pulled-sbom');
        const repository = artifact.slice(0, artifact.lastIndexOf(':'));
        await oras(['pull', PLAIN, `${repository}@${referrer}`, '--output', pulled]);
        assertEqual(await readFile(join(pulled, 'sbom.json'), 'utf8'), SBOM, 'the SBOM');
      },
    },
    {
      name: 'copy the artifact with its referrers to another project',
      async run() {
        await oras([
          'copy',
          '--recursive',
          '--from-plain-http',
          '--to-plain-http',
          artifact,
          copied,
        ]);
        const found = await oras(['discover', PLAIN, '--format', 'json', copied]);
        assertIncludes(found, SBOM_TYPE, 'referrers');
      },
    },
    {
      name: 'list tags and repositories',
      async run() {
        const repository = artifact.slice(0, artifact.lastIndexOf(':'));
        assertEqual(await oras(['repo', 'tags', PLAIN, repository]), '1', 'tags');
        assertIncludes(await oras(['repo', 'ls', PLAIN, host]), 'oras', 'repositories');
      },
    },
    {
      name: 'anonymous pull works where public and is refused where private',
      async run() {
        const output = await context.directory('oras/anonymous');
        await oras(['pull', PLAIN, artifact, '--output', output], none);
        await refuse(['pull', PLAIN, copied, '--output', output], none);
      },
    },
    {
      name: 'anonymous push is refused',
      run: () => refuse(['push', PLAIN, `${artifact}-anonymous`, 'notes.txt:text/plain'], none),
    },
    {
      name: 'delete the manifest',
      async run() {
        await oras(['manifest', 'delete', PLAIN, '--force', copied]);
        await context.refuse(
          [context.tool('oras'), 'manifest', 'fetch', PLAIN, copied],
          /not found|unknown/i,
        );
      },
    },
  ];
}
