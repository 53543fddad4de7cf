import { parentPort, workerData } from 'node:worker_threads';
import { parse } from 'yaml';
import { parseRemoteIndex } from './remote-index.ts';

// What strangers wrote is read away from the server's own thread, which ends this one in time.
const MAX_ALIASES = 100;

function read(bytes: unknown): unknown {
  if (!(bytes instanceof Uint8Array)) throw new TypeError('the index is missing');
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  return text.trimStart().startsWith('{')
    ? JSON.parse(text)
    : parse(text, { maxAliasCount: MAX_ALIASES, logLevel: 'silent' });
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port is no window
parentPort?.postMessage(parseRemoteIndex(read(workerData)));
