import { parentPort } from 'node:worker_threads';
import { ContentRefusal } from './content-refusal.ts';
import type { Documents } from './documents.ts';
import type { FromParser, ToParser } from './parser-messages.ts';

/** The next piece of the content; undefined after the last one. */
export type NextPiece = () => Promise<Uint8Array | undefined>;

/** Makes this thread one of a parser pool: it performs one task after the other. */
// The type says what the pool of this worker is given.
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters
export function serveTasks<Task>(
  perform: (task: Task, next: NextPiece) => Promise<Documents>,
): void {
  const port = parentPort;
  if (port === null) throw new Error('this is a worker of a parser pool');
  let give: ((piece: Uint8Array | undefined) => void) | undefined;

  port.on('message', (message: ToParser<Task>) => {
    if (message.kind === 'piece') give?.(message.piece);
    else void run(message.task);
  });
  tell({ kind: 'ready' });

  async function run(task: Task): Promise<void> {
    try {
      const documents = await perform(task, next);
      const bodies = [...documents.values()].flatMap((found) =>
        'body' in found ? [found.body.buffer] : [],
      );
      tell({ kind: 'done', documents }, bodies);
    } catch (error) {
      const isTooLarge = error instanceof ContentRefusal && error.kind === 'too-large';
      const message =
        error instanceof ContentRefusal ? error.message : 'the content cannot be read';
      tell({ kind: 'refused', as: isTooLarge ? 'too-large' : 'unprocessable', message });
    }
  }

  function next(): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => {
      give = resolve;
      tell({ kind: 'more' });
    });
  }

  function tell(message: FromParser, transfer: ArrayBuffer[] = []): void {
    port?.postMessage(message, transfer);
  }
}
