import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertIncludes } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context } from './context.ts';
import { type Layout, writeImageLayout } from './layout.ts';
import { pushLayout } from './skopeo.ts';

const PLAIN = '--allow-http-registry';

/** cosign with local keys and no transparency log, so that nothing beyond loopback is asked. */
export const cosign: Client = { name: 'cosign', tools: ['cosign', 'skopeo'], createSteps };

function createSteps(context: Context): Step[] {
  const repository = `${context.publicProject}/cosign`;
  let layout: Layout;
  let image = '';

  async function argv(...args: string[]): Promise<string[]> {
    return [context.tool('cosign'), ...args];
  }
  async function cosign(...args: string[]): Promise<string> {
    const cwd = await context.directory('cosign');
    return context.run(await argv(...args), { cwd, env: { COSIGN_PASSWORD: 'local' } });
  }
  async function key(name: string, half: 'key' | 'pub'): Promise<string> {
    return join(await context.directory('cosign'), `${name}.${half}`);
  }
  async function verifyArgs(name: string, command = 'verify'): Promise<string[]> {
    const flags = ['--insecure-ignore-tlog=true', '--private-infrastructure', PLAIN];
    return [command, '--key', await key(name, 'pub'), ...flags];
  }

  return [
    {
      name: 'sign an image with a key pair made here',
      async run() {
        await cosign('generate-key-pair', '--output-key-prefix', 'ours');
        await cosign('generate-key-pair', '--output-key-prefix', 'other');
        layout = await writeImageLayout(await context.directory('cosign/image'));
        await pushLayout(context, layout, `${repository}:1`);
        image = `${context.registry.host}/${repository}@${layout.digest}`;
        const flags = ['--tlog-upload=false', '--yes', PLAIN];
        await cosign('sign', '--key', await key('ours', 'key'), ...flags, image);
      },
    },
    {
      name: 'verify it, and refuse it under another key',
      async run() {
        assertIncludes(await cosign(...(await verifyArgs('ours')), image), layout.digest, 'verify');
        const other = await argv(...(await verifyArgs('other')), image);
        await context.refuse(other, /no matching signatures|invalid signature/i);
      },
    },
    {
      name: 'attest an SBOM and verify the attestation',
      async run() {
        const sbom = join(await context.directory('cosign'), 'sbom.json');
        await writeFile(sbom, '{"spdxVersion":"SPDX-2.3","name":"cosign"}');
        const flags = ['--tlog-upload=false', '--yes', PLAIN, '--type', 'spdxjson'];
        const predicate = ['--predicate', sbom];
        await cosign('attest', '--key', await key('ours', 'key'), ...predicate, ...flags, image);
        const verify = await verifyArgs('ours', 'verify-attestation');
        await cosign(...verify, '--type', 'spdxjson', image);
      },
    },
    {
      name: 'what it attached shows as a tree',
      async run() {
        assertIncludes(await cosign('tree', PLAIN, image), 'Signatures', 'tree');
      },
    },
    {
      name: 'signing without credentials is refused',
      async run() {
        const flags = ['--tlog-upload=false', '--yes', PLAIN];
        // A second signature with the first key would be found and not pushed at all.
        const sign = ['sign', '--key', await key('other', 'key'), ...flags, image];
        const env = { COSIGN_PASSWORD: 'local', ...context.auth.none };
        await context.refuse(await argv(...sign), undefined, { env });
      },
    },
  ];
}
