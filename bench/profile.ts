import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

interface ProfileNode {
  readonly id: number;
  readonly callFrame: {
    readonly functionName: string;
    readonly url: string;
    readonly lineNumber: number;
  };
}

export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly samples: readonly number[];
  /** Microseconds from each sample to the one before. */
  readonly timeDeltas: readonly number[];
}

export interface SelfTime {
  readonly name: string;
  /** Of the time in which the thread was not idle, from 0 to 1. */
  readonly share: number;
}

/** Functions by their own time, longest first, in a profile that V8 wrote. */
export function summarizeProfile(profile: CpuProfile): SelfTime[] {
  const names = new Map(profile.nodes.map((node) => [node.id, nameOf(node)]));
  const times = new Map<string, number>();
  let total = 0;
  for (const [index, id] of profile.samples.entries()) {
    const name = names.get(id) ?? '?';
    if (name === '(idle)') continue;
    const time = profile.timeDeltas[index] ?? 0;
    total += time;
    times.set(name, (times.get(name) ?? 0) + time);
  }
  return [...times]
    .map(([name, time]) => ({ name, share: time / total }))
    .toSorted((a, b) => b.share - a.share);
}

function nameOf({ callFrame }: ProfileNode): string {
  const { functionName, url, lineNumber } = callFrame;
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const short = url.replace(/^file:\/\//, '').replace(/^.*\/(node_modules|server|oci)\//, '$1/');
  return `${name} ${short}:${lineNumber + 1}`;
}

/** Reads and removes the profiles in `directory` and returns their text: the top of each thread. */
export async function takeProfiles(directory: string, top: number): Promise<string> {
  const sections: string[] = [];
  for (const file of (await readdir(directory)).toSorted()) {
    const path = join(directory, file);
    const profile: CpuProfile = JSON.parse(await readFile(path, 'utf8'));
    await rm(path);
    const lines = summarizeProfile(profile)
      .slice(0, top)
      .map(({ name, share }) => `  ${(share * 100).toFixed(1).padStart(5)} % ${name}`);
    sections.push(`${file}\n${lines.join('\n')}`);
  }
  return sections.join('\n');
}
