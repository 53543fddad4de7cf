// The generator as a process of its own, so that it shares no event loop with anything measured.

import { runLoad } from './generator.ts';
import type { Load } from './load.ts';

function report(message: object): void {
  process.send?.(message, undefined, undefined, () => process.disconnect?.());
}

process.once('message', (load: Load) => {
  runLoad(load).then(
    (result) => report({ result }),
    (error: unknown) => report({ error: error instanceof Error ? error.message : String(error) }),
  );
});
