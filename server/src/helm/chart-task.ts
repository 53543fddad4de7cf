import {
  ContentRefusal,
  type Documents,
  jsonDocument,
  type NextPiece,
  Unpacker,
} from '../archives/index.ts';
import { ChartPackage, type PackedFile } from './chart-package.ts';
import { flattenValues } from './flat-values.ts';
import { chartLimits } from './limits.ts';

/** Reading of an archive that a stranger made; done by a worker. */
export type ChartTask = { readonly kind: 'metadata' } | { readonly kind: 'files' };

/** The texts of a chart, by their paths below its directory. */
export interface ChartFiles {
  /** README.md, in any case. */
  readonly readme: string | undefined;
  readonly values: string | undefined;
  /** The same as Harbor shows it: `image.tag` → value. */
  readonly flatValues: Readonly<Record<string, unknown>>;
  /** Everything that is text, as far as there is room (4 MiB): templates, subcharts' files, … */
  readonly rawFiles: Readonly<Record<string, string>>;
}

/**
 * Gives the document `metadata`, and `files` if they are asked for, as JSON.
 *
 * @throws ContentRefusal when the archive is no chart
 */
export async function performChartTask(task: ChartTask, next: NextPiece): Promise<Documents> {
  const chart = new ChartPackage(task.kind === 'files' ? () => true : undefined);
  const unpacker = new Unpacker(chart, chartLimits.unpacked);
  let given = 0;
  try {
    for (let piece = await next(); piece !== undefined; piece = await next()) {
      if (given === 0 && !isGzip(piece)) {
        throw new ContentRefusal('unprocessable', 'the archive is not packed with gzip');
      }
      given += piece.length;
      await unpacker.write(piece);
    }
    await unpacker.end();
  } finally {
    unpacker.close();
  }
  if (unpacker.consumed !== given) {
    throw new ContentRefusal('unprocessable', 'something follows the end of the archive');
  }
  const { metadata, files } = chart.finish();
  const documents = new Map([['metadata', jsonDocument(metadata)]]);
  if (task.kind === 'files') documents.set('files', jsonDocument(presentFiles(files)));
  return documents;
}

function isGzip(piece: Uint8Array): boolean {
  return piece[0] === 0x1f && piece[1] === 0x8b;
}

function presentFiles(files: readonly PackedFile[]): ChartFiles {
  const texts = new Map<string, string>();
  for (const { path, bytes } of files) {
    const text = decode(bytes);
    // The first one counts, where a path is given twice.
    if (text !== undefined && !texts.has(path)) texts.set(path, text);
  }
  const find = (name: string) => [...texts].find(([path]) => path.toLowerCase() === name)?.[1];
  const values = find('values.yaml');
  return {
    readme: find('readme.md'),
    values,
    flatValues: values === undefined ? {} : flattenValues(values),
    rawFiles: Object.fromEntries(texts),
  };
}

/** Undefined for what is no text. */
function decode(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
