import type { Client, Step } from './client.ts';
import { StepSkipped } from './client.ts';
import type { Context } from './context.ts';
import { type Layout, writeImageLayout, writeIndexLayout } from './layout.ts';
import { pullAndCompare, pushLayout } from './skopeo.ts';

/** What was pushed is still there, byte for byte, after SIGTERM and a new start. */
export const restart: Client = { name: 'restart', tools: ['skopeo'], createSteps };

function createSteps(context: Context): Step[] {
  const repository = `${context.privateProject}/restart`;
  const layouts = new Map<string, Layout>();

  async function pullAll(when: string): Promise<void> {
    for (const [tag, layout] of layouts) {
      const target = { reference: `${repository}:${tag}`, name: `restart/${when}-${tag}` };
      await pullAndCompare(context, layout, target);
    }
  }

  return [
    {
      name: 'push an image and an index',
      async run() {
        layouts.set('1', await writeImageLayout(await context.directory('restart/image')));
        layouts.set('multi', await writeIndexLayout(await context.directory('restart/index')));
        for (const [tag, layout] of layouts)
          await pushLayout(context, layout, `${repository}:${tag}`);
        await pullAll('before');
      },
    },
    {
      name: 'stop with SIGTERM (exit code 0), start on the same data, pull the same bytes',
      async run() {
        if (context.registry.restart === undefined) throw new StepSkipped('not ours to restart');
        await context.registry.restart();
        await pullAll('after');
      },
    },
    {
      name: 'tokens and passwords still work, and what was refused still is',
      async run() {
        const [layout] = layouts.values();
        if (layout === undefined) throw new Error('nothing was pushed');
        await pushLayout(context, layout, `${repository}:2`);
        const source = `docker://${context.registry.host}/${repository}:1`;
        const target = `oci:${await context.directory('restart/refused')}:1`;
        await context.refuse(
          [context.tool('skopeo'), 'copy', '--src-tls-verify=false', source, target],
          undefined,
          { env: context.auth.none },
        );
      },
    },
  ];
}
