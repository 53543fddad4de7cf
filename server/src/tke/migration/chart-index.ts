import { parse } from 'yaml';
import { z } from 'zod';
import { AppError } from '../../lib/index.ts';

/** A version of a chart as an index.yaml lists it. */
export interface IndexedChart {
  readonly name: string;
  readonly version: string;
  /** `sha256:…` of the archive; absent where the index has none. */
  readonly digest: string | undefined;
  /** As in the index; relative to it, or absolute. */
  readonly url: string | undefined;
}

const versionSchema = z.object({
  name: z.string(),
  version: z.string(),
  digest: z.string().optional(),
  urls: z.array(z.string()).optional(),
});

/** YAML's ways to write nothing: all scalars are read as texts. */
const nothing = z.enum(['', '~', 'null']).transform(() => null);
const entriesSchema = z.record(z.string(), z.array(versionSchema).nullable().or(nothing));
const indexSchema = z.object({ entries: entriesSchema.nullish().or(nothing) });

const HEX = /^[0-9a-f]{64}$/;

/**
 * The charts of Helm's index.yaml.
 *
 * @throws AppError invalid when it is none
 */
export function parseChartIndex(text: string): IndexedChart[] {
  try {
    return presentEntries(indexSchema.parse(parseDocument(text)).entries ?? {});
  } catch (error) {
    throw new AppError('invalid', 'index.yaml is not an index of charts', { cause: error });
  }
}

/** The charts of ChartMuseum's list, `GET /api/{group}/charts`. @throws AppError invalid */
export function parseChartList(text: string): IndexedChart[] {
  try {
    return presentEntries(entriesSchema.parse(JSON.parse(text)));
  } catch (error) {
    throw new AppError('invalid', 'the list of charts is not what ChartMuseum gives', {
      cause: error,
    });
  }
}

/** JSON is YAML, and read a hundred times faster. */
function parseDocument(text: string): unknown {
  if (text.trimStart().startsWith('{')) {
    try {
      return JSON.parse(text);
    } catch {
      // A flow mapping that is not JSON.
    }
  }
  return parse(text, { maxAliasCount: 100, schema: 'failsafe' });
}

function presentEntries(entries: z.infer<typeof entriesSchema>): IndexedChart[] {
  return Object.values(entries).flatMap((versions) =>
    (versions ?? []).map(({ name, version, digest, urls }) => ({
      name,
      version,
      digest: presentDigest(digest),
      url: urls?.[0],
    })),
  );
}

/** Helm writes the bare hexadecimal digits. */
function presentDigest(text: string | undefined): string | undefined {
  const hex = text?.replace(/^sha256:/, '') ?? '';
  return HEX.test(hex) ? `sha256:${hex}` : undefined;
}
