import {
  ContentRefusal,
  collectFile,
  type Document,
  type Documents,
  type FileSink,
  jsonDocument,
  missing,
  type TarFile,
  TarReader,
  type UnpackedSink,
} from '../archives/index.ts';
import { type ChartMetadata, parseChartMetadata, parseRequirements } from './chart-metadata.ts';
import { limits } from './limits.ts';

type ChartFile = 'Chart.yaml' | 'values.yaml' | 'README.md' | 'requirements.yaml';

/** What was found of a file: its bytes, or that they are too many. */
type Found = Buffer<ArrayBuffer> | 'too-large';

/** Finds the files of a Helm chart that are shown, and reads on no longer than it must. */
export class ChartArchive implements UnpackedSink {
  readonly #tar = new TarReader((file) => this.#open(file));
  readonly #files = new Map<ChartFile, Found>();
  #metadata: ChartMetadata | undefined;

  get hasEnough(): boolean {
    const has = (name: ChartFile) => this.#files.has(name);
    if (!has('Chart.yaml') || !has('values.yaml') || !has('README.md')) return false;
    return this.#metadata?.hasRequirements !== true || has('requirements.yaml');
  }

  write(chunk: Uint8Array): void {
    this.#tar.write(chunk);
  }

  /**
   * The documents of the chart (Harbor's §4.3); call it after the last byte.
   *
   * @throws ContentRefusal when the archive is cut short or holds no chart
   */
  finish(): Documents {
    if (!this.hasEnough) this.#tar.end();
    if (!this.#files.has('Chart.yaml')) {
      throw new ContentRefusal('unprocessable', 'the content is no chart: it has no Chart.yaml');
    }
    return new Map([
      ['values.yaml', present(this.#files.get('values.yaml'), 'values.yaml')],
      ['readme.md', present(this.#files.get('README.md'), 'README.md')],
      ['dependencies', this.#dependencies()],
    ]);
  }

  #dependencies(): Document {
    if (this.#metadata === undefined) return tooLarge('Chart.yaml');
    if (!this.#metadata.hasRequirements) return this.#metadata.dependencies;
    const requirements = this.#files.get('requirements.yaml');
    if (requirements === 'too-large') return tooLarge('requirements.yaml');
    return requirements === undefined ? jsonDocument([]) : parseRequirements(requirements);
  }

  #open({ name, size }: TarFile): FileSink | undefined {
    const file = findChartFile(name);
    // The first one counts, where a name is given twice.
    if (file === undefined || this.#files.has(file)) return undefined;
    if (size > maxSizeOf(file)) {
      this.#files.set(file, 'too-large');
      return undefined;
    }
    return collectFile(size, (bytes) => {
      this.#files.set(file, bytes);
      if (file === 'Chart.yaml') this.#metadata = parseChartMetadata(bytes);
    });
  }
}

/**
 * Which file of a chart the path is: `<chart>/<file>` and nothing else. A path that leads
 * elsewhere for some reader (`..`, absolute, backslash, NUL) is no file of the chart.
 */
export function findChartFile(path: string): ChartFile | undefined {
  if (path.startsWith('/') || path.includes('\\') || path.includes('\0')) return undefined;
  const segments = path.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.length !== 2 || segments.includes('..')) return undefined;
  const [, file = ''] = segments;
  if (file === 'Chart.yaml') return file;
  switch (file.toLowerCase()) {
    case 'values.yaml':
      return 'values.yaml';
    case 'readme.md':
      return 'README.md';
    case 'requirements.yaml':
      return 'requirements.yaml';
    default:
      return undefined;
  }
}

function present(found: Found | undefined, name: ChartFile): Document {
  if (found === undefined) return missing(name);
  return found === 'too-large' ? tooLarge(name) : { body: new Uint8Array(found) };
}

function tooLarge(name: ChartFile): Document {
  const message = `the chart's ${name} is larger than ${maxSizeOf(name)} bytes`;
  return { kind: 'too-large', message };
}

function maxSizeOf(name: ChartFile): number {
  const isParsed = name === 'Chart.yaml' || name === 'requirements.yaml';
  return isParsed ? limits.chartYaml : limits.chartFile;
}
