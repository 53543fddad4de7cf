import {
  ContentRefusal,
  collectFile,
  type FileSink,
  isTooDeep,
  type TarEntryHeader,
  type TarFile,
  TarReader,
  type UnpackedSink,
} from '../archives/index.ts';
import type { ChartMetadata } from './chart-store.ts';
import { chartLimits } from './limits.ts';
import { readMetadata } from './metadata.ts';
import { readYaml } from './read-yaml.ts';

/** A file of a chart, by its path below the chart's directory. */
export interface PackedFile {
  readonly path: string;
  readonly bytes: Buffer;
}

const ENTRY_KINDS = new Set(['0', '\0', '7', '5']);

/**
 * Reads a whole chart as `helm package` makes it: one directory with Chart.yaml in it, files and
 * directories and nothing else. Stricter than Helm: what some reader might take otherwise is refused.
 */
export class ChartPackage implements UnpackedSink {
  readonly hasEnough = false;
  readonly #tar: TarReader;
  readonly #keeps: (path: string) => boolean;
  readonly #files: PackedFile[] = [];
  #top: string | undefined;
  #chartYaml: Buffer | undefined;
  #kept = 0;

  /** @param keeps which files to keep, if they are not too large; Chart.yaml is always read */
  constructor(keeps: (path: string) => boolean = () => false) {
    this.#keeps = keeps;
    this.#tar = new TarReader((file) => this.#open(file), {
      entry: (header) => this.#check(header),
      trailing(bytes) {
        if (bytes.some((byte) => byte !== 0)) refuse('something follows the end of the archive');
      },
    });
  }

  write(chunk: Uint8Array): void {
    this.#tar.write(chunk);
  }

  /** Call it after the last byte. @throws ContentRefusal */
  finish(): { readonly metadata: ChartMetadata; readonly files: readonly PackedFile[] } {
    this.#tar.end();
    if (this.#chartYaml === undefined) {
      return refuse('the archive is no chart: it has no directory with Chart.yaml in it');
    }
    return { metadata: parseChartYaml(this.#chartYaml), files: this.#files };
  }

  #check({ name, flag }: TarEntryHeader): void {
    if (!ENTRY_KINDS.has(flag)) {
      return refuse(`${shown(name)} in the archive is neither a file nor a directory`);
    }
    const [top] = segmentsOf(name);
    // `./`, which some programs pack first.
    if (top === undefined) return undefined;
    this.#top ??= top;
    if (top !== this.#top) return refuse('the archive has more than one directory at its top');
  }

  #open({ name, size }: TarFile): FileSink | undefined {
    const path = segmentsOf(name).slice(1).join('/');
    if (path === '') return refuse('the archive has a file beside the directory of the chart');
    if (path === 'Chart.yaml') return this.#openChartYaml(size);
    const isKept =
      size <= chartLimits.file &&
      this.#kept + size <= chartLimits.files &&
      this.#files.length < chartLimits.fileCount &&
      this.#keeps(path);
    if (!isKept) return undefined;
    this.#kept += size;
    return collectFile(size, (bytes) => this.#files.push({ path, bytes }));
  }

  #openChartYaml(size: number): FileSink {
    if (this.#chartYaml !== undefined) return refuse('the archive has Chart.yaml twice');
    if (size > chartLimits.chartYaml) {
      const sentence = `Chart.yaml is larger than ${chartLimits.chartYaml} bytes`;
      throw new ContentRefusal('too-large', sentence);
    }
    this.#chartYaml = Buffer.alloc(0);
    return collectFile(size, (bytes) => {
      this.#chartYaml = bytes;
      if (this.#keeps('Chart.yaml')) this.#files.push({ path: 'Chart.yaml', bytes });
    });
  }
}

/** @throws ContentRefusal for paths that lead elsewhere for some reader */
function segmentsOf(name: string): readonly string[] {
  // Archives made on Windows have these.
  const path = name.replaceAll('\\', '/');
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  const isAbsolute = path.startsWith('/') || /^[A-Za-z]:/.test(path);
  if (isAbsolute || segments.includes('..') || hasControls(path)) {
    return refuse(`the path ${shown(name)} in the archive leads out of the chart`);
  }
  return segments;
}

function hasControls(path: string): boolean {
  return /\p{Cc}/u.test(path);
}

/** @throws ContentRefusal */
export function parseChartYaml(bytes: Buffer): ChartMetadata {
  const { metadata, faults } = readMetadata(parseYaml(bytes));
  if (metadata === undefined || faults.length > 0) {
    return refuse(`Chart.yaml is not valid: ${faults.slice(0, 5).join('; ')}`);
  }
  if (JSON.stringify(metadata).length > chartLimits.metadata) {
    throw new ContentRefusal('too-large', 'Chart.yaml says too much');
  }
  return metadata;
}

function parseYaml(bytes: Buffer): unknown {
  const yaml = bytes.toString('utf8').replace(/^\uFEFF/, '');
  if (isTooDeep(yaml)) return refuse('Chart.yaml cannot be read: it nests too deep');
  try {
    return readYaml(yaml);
  } catch {
    return refuse('Chart.yaml cannot be read');
  }
}

function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

function refuse(sentence: string): never {
  throw new ContentRefusal('unprocessable', sentence);
}
