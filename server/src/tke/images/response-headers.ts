import type { IncomingHttpHeaders } from 'node:http';
import { isDigest } from '@berth/oci';
import { warningText } from '../../http/index.ts';
import type { NameView } from './name-view.ts';

type Check = (value: string) => boolean;

const isNumber: Check = (value) => /^\d{1,16}$/.test(value);
const isDigestText: Check = (value) => isDigest(value);

/**
 * The headers that an answer may keep, and what they may look like. All others stay behind:
 * cookies, servers' names, and whatever else tells of the existing Harbor.
 */
const kept: ReadonlyMap<string, Check> = new Map<string, Check>([
  ['Content-Type', (value) => /^[\w.+-]+\/[\w.+-]+(?:; ?[\w-]+=[\w."=-]+)*$/.test(value)],
  ['Content-Length', isNumber],
  ['Content-Range', (value) => /^bytes (?:\d{1,16}-\d{1,16}|\*)\/(?:\d{1,16}|\*)$/.test(value)],
  ['Accept-Ranges', (value) => value === 'bytes' || value === 'none'],
  ['Docker-Content-Digest', isDigestText],
  ['OCI-Subject', isDigestText],
  ['OCI-Filters-Applied', (value) => value === 'artifactType'],
  ['OCI-Chunk-Min-Length', isNumber],
  ['OCI-Chunk-Max-Length', isNumber],
  ['Range', (value) => /^(?:bytes=)?\d{1,16}-\d{1,16}$/.test(value)],
  ['ETag', (value) => /^(?:W\/)?"sha(?:256|512):[0-9a-f]{64,128}"$/.test(value)],
  ['Retry-After', isNumber],
]);

/** The headers of an answer that are for the client, as a list of names and values. */
export function keepHeaders(
  headers: IncomingHttpHeaders,
  view: NameView,
  without: readonly string[] = [],
): string[] {
  const list: string[] = [];
  for (const [name, isGood] of kept) {
    const value = headers[name.toLowerCase()];
    if (typeof value !== 'string' || without.includes(name) || !isGood(value)) continue;
    // It is whoever's word: anything could be written into it.
    if (name === 'Content-Type' && view.present(value) !== value) continue;
    list.push(name, value);
  }
  const warning = presentWarning(headers['warning'], view);
  return warning === undefined ? list : [...list, 'Warning', warning];
}

function presentWarning(value: string | string[] | undefined, view: NameView): string | undefined {
  const [, quoted] = /^299 \S+ "(.*)"/.exec(String(value ?? '')) ?? [];
  const shown = quoted === undefined ? undefined : view.present(quoted.replaceAll('\\', ''));
  return shown === undefined ? undefined : warningText(shown);
}
