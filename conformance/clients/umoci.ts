import { randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { assertEqual, getJsonText } from './assertion.ts';
import type { Client, Step } from './client.ts';
import type { Context } from './context.ts';
import { pullAndCompare, pushLayout } from './skopeo.ts';

/** umoci knows no registries: it builds the image that skopeo pushes, and reads what it pulls. */
export const umoci: Client = { name: 'umoci', tools: ['umoci', 'skopeo'], createSteps };

function createSteps(context: Context): Step[] {
  const payload = randomBytes(256 * 1024);
  const reference = `${context.publicProject}/umoci:1`;
  const umoci = (...args: string[]) => context.run([context.tool('umoci'), ...args]);
  let pulled = '';
  return [
    {
      name: 'an image built by umoci is pushed and pulled byte for byte',
      async run() {
        const root = await context.directory('umoci');
        const directory = join(root, 'built');
        const file = join(root, 'payload');
        await writeFile(file, payload);
        await umoci('init', '--layout', directory);
        await umoci('new', '--image', `${directory}:1`);
        await umoci('insert', '--image', `${directory}:1`, file, '/payload');
        const index = await readFile(join(directory, 'index.json'), 'utf8');
        const digest = getJsonText(index, ['manifests', 0, 'digest']);
        const layout = { directory, tag: '1', digest, payload };
        await pushLayout(context, layout, reference);
        pulled = await pullAndCompare(context, layout, { reference, name: 'umoci/pulled' });
      },
    },
    {
      name: 'umoci lists, reads and unpacks the pulled layout',
      async run() {
        assertEqual(await umoci('list', '--layout', pulled), '1', 'tags');
        await umoci('stat', '--image', `${pulled}:1`);
        const rootfs = join(await context.directory('umoci'), 'rootfs');
        await umoci('raw', 'unpack', '--image', `${pulled}:1`, rootfs);
        const found = await readFile(join(rootfs, 'payload'));
        if (!found.equals(payload)) throw new Error('the unpacked file has other bytes');
      },
    },
  ];
}
