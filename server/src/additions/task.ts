import { type Documents, jsonDocument, type NextPiece, unpack } from '../archives/index.ts';
import { ChartArchive } from './chart-archive.ts';
import { attrsOf, type ConfigRules, historyOf } from './config.ts';
import { DocumentArchive } from './document-archive.ts';
import { imageConfigOf } from './image-config.ts';

/** Parsing of hostile bytes: what a worker does, or the main thread when the bytes are few. */
export type Task =
  | { readonly kind: 'attrs'; readonly rules: ConfigRules }
  | { readonly kind: 'history' }
  | { readonly kind: 'image' }
  | { readonly kind: 'chart' }
  /** An archive that holds the document of this name. */
  | { readonly kind: 'document'; readonly name: string };

/** Metadata is the document of this name, as JSON. */
export const ATTRS = 'attrs';
/** An image's config, as JSON too. */
export const IMAGE = 'image';

/**
 * Parses the content piece by piece, and asks for no more of it than it needs.
 *
 * @throws ContentRefusal when the content as a whole is refused
 */
export async function perform(task: Task, next: NextPiece): Promise<Documents> {
  switch (task.kind) {
    case 'attrs':
      return new Map([[ATTRS, jsonDocument(attrsOf(await readAll(next), task.rules))]]);
    case 'history':
      return new Map([['build_history', historyOf(await readAll(next))]]);
    case 'image':
      return new Map([[IMAGE, jsonDocument(imageConfigOf(await readAll(next)))]]);
    case 'chart': {
      const chart = new ChartArchive();
      await unpack(next, chart);
      return chart.finish();
    }
    case 'document': {
      const archive = new DocumentArchive();
      await unpack(next, archive);
      return new Map([[task.name, archive.finish()]]);
    }
  }
}

async function readAll(next: NextPiece): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for (let piece = await next(); piece !== undefined; piece = await next()) pieces.push(piece);
  return Buffer.concat(pieces);
}
