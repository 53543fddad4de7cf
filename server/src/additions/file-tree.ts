import type { Descriptor } from '@berth/oci';
import { limits } from './limits.ts';

/** An entry of a model's files, as Harbor gives it; size in bytes, absent for none. */
export interface FileNode {
  readonly name: string;
  readonly type: 'directory' | 'file';
  readonly size?: number;
  readonly children?: readonly FileNode[];
}

const FILEPATH = 'org.cncf.model.filepath';

interface Directory {
  readonly entries: Map<string, Directory | number>;
}

/**
 * The files of a model, from its layers' annotations (Harbor's §4.3): directories first, then by
 * name. The paths are only shown, and still made harmless: `.` and `..` are resolved and lead to
 * nothing above the root, control characters are replaced. Paths deeper than 32 are left out.
 */
export function fileTreeOf(layers: readonly Descriptor[]): readonly FileNode[] {
  const root: Directory = { entries: new Map() };
  for (const { annotations, size } of layers) {
    const path = annotations?.[FILEPATH];
    if (path !== undefined) place(root, path, size);
  }
  return present(root);
}

/** The layer's path as annotated; undefined without one. */
export function filePathOf({ annotations }: Descriptor): string | undefined {
  return annotations?.[FILEPATH];
}

function place(root: Directory, path: string, size: number): void {
  if (path.length > limits.pathLength) return;
  const segments = resolve(path);
  const isDirectory = path.endsWith('/');
  const name = segments.pop();
  if (name === undefined || segments.length >= limits.pathSegments) return;
  let directory = root;
  for (const segment of segments) {
    const known = directory.entries.get(segment);
    // A file stands where a directory should: the first one counts.
    if (typeof known === 'number') return;
    const next = known ?? { entries: new Map() };
    if (known === undefined) directory.entries.set(segment, next);
    directory = next;
  }
  if (directory.entries.has(name)) return;
  directory.entries.set(name, isDirectory ? { entries: new Map() } : size);
}

function resolve(path: string): string[] {
  const segments: string[] = [];
  for (const segment of path.split(/[/\\]/)) {
    if (segment === '..') segments.pop();
    else if (segment !== '' && segment !== '.')
      segments.push(segment.replaceAll(/\p{Cc}/gu, '\u{fffd}'));
  }
  return segments;
}

function present({ entries }: Directory): FileNode[] {
  const nodes = [...entries].map(([name, entry]): FileNode => {
    if (typeof entry === 'number') return { name, type: 'file', ...(entry > 0 && { size: entry }) };
    const children = present(entry);
    return { name, type: 'directory', ...(children.length > 0 && { children }) };
  });
  return nodes.toSorted((a, b) => a.type.localeCompare(b.type, 'en') || byName(a, b));
}

function byName(a: FileNode, b: FileNode): number {
  return a.name < b.name ? -1 : Number(a.name > b.name);
}
