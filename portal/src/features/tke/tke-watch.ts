import { type QueryKey, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { basePath } from '../../lib/base.ts';
import { versionOf } from './tke-versions.ts';

/** Changes that come together are asked for once. */
const GATHER_MS = 250;
/** A watch that ended at once is not begun again at once. */
const PAUSE_MS = 5_000;

/**
 * Asks anew for a list when an object of it has changed: the API's own watch, since the stream of
 * the REST API is not for tenants. A hidden page watches nothing.
 *
 * @param path of the list below `/apis/`, with its selectors; undefined while it is not known
 */
export function useWatch(path: string, queryKey: QueryKey): void {
  const client = useQueryClient();
  const key = JSON.stringify(queryKey);
  useEffect(() => {
    const ask = () => void client.invalidateQueries({ queryKey: JSON.parse(key) });
    let watching = document.hidden ? undefined : watch(path, ask);
    function turn(): void {
      watching?.abort();
      watching = document.hidden ? undefined : watch(path, ask);
      if (!document.hidden) ask();
    }
    document.addEventListener('visibilitychange', turn);
    return () => {
      document.removeEventListener('visibilitychange', turn);
      watching?.abort();
    };
  }, [client, path, key]);
}

function watch(path: string, ask: () => void): AbortController {
  const end = new AbortController();
  void follow(path, ask, end.signal);
  return end;
}

async function follow(path: string, ask: () => void, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const version = versionOf(path);
    if (version !== undefined) {
      const isOver = await readChanges(path, version, ask, signal).catch(() => false);
      if (isOver || signal.aborted) return;
      // What the watch has not told, the list does, with the version to go on from.
      ask();
    }
    await pause(version === undefined ? GATHER_MS : PAUSE_MS, signal);
  }
}

/** @returns true when the reader may not, or may no longer, watch */
async function readChanges(
  path: string,
  version: string,
  ask: () => void,
  signal: AbortSignal,
): Promise<boolean> {
  const url = `${basePath}/apis/${path}${path.includes('?') ? '&' : '?'}`;
  const response = await fetch(`${url}watch=true&resourceVersion=${encodeURIComponent(version)}`, {
    headers: { 'x-harbor-no-session-renewal': 'true' },
    signal,
  });
  if (response.status === 401 || response.status === 403) return true;
  if (!response.ok || response.body === null) return false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const reader = response.body.getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    timer ??= setTimeout(() => {
      timer = undefined;
      ask();
    }, GATHER_MS);
  }
  return false;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
