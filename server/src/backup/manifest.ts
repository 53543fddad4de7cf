import { createHash } from 'node:crypto';
import { z } from 'zod';
import { BackupDamagedError } from './backup.errors.ts';

/** Raised when an older Berth could not restore what this one writes. */
export const FORMAT = 1;

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
const fileName = z.string().regex(/^[a-z0-9_]+\.[a-z0-9.]+$/);
const identifier = z.string().regex(/^[a-z_][a-z0-9_]*$/);
const content = { file: fileName, lines: count, sha256, bytes: count };

const manifestSchema = z.strictObject({
  format: z.literal(FORMAT),
  /** By the clock of the database: everything acknowledged before is in the set. */
  takenAt: z.iso.datetime({ offset: true }),
  migrations: z.array(
    z.strictObject({ version: z.int().min(1), name: z.string(), checksum: sha256 }),
  ),
  /** One line a row, in PostgreSQL's text format, in `columns`' order. */
  tables: z.array(z.strictObject({ name: identifier, columns: z.array(identifier), ...content })),
  /** Tables whose rows mean nothing elsewhere: sessions, uploads under way. */
  leftOut: z.array(identifier),
  sequences: z.array(
    // int8 as text.
    z.strictObject({ name: identifier, value: z.string().regex(/^-?\d+$/), isCalled: z.boolean() }),
  ),
  /** One line a blob, `digest TAB size`, by digest. Their bytes are in the pool. */
  blobs: z.strictObject({ ...content, totalBytes: count }),
  /** Blobs that the registry itself had lost or damaged, the first of them by name. */
  faults: z.strictObject({
    count,
    first: z.array(z.strictObject({ digest: z.string(), reason: z.string() })),
  }),
  /** The id of the key that opens the secrets; absent when nothing was ever sealed. */
  secretKey: z.strictObject({ id: z.string(), isIncluded: z.boolean() }).optional(),
});

export type BackupManifest = z.infer<typeof manifestSchema>;
export type BackupTable = BackupManifest['tables'][number];
export type BackupSequence = BackupManifest['sequences'][number];
export type BackupFault = BackupManifest['faults']['first'][number];

/** The text of `manifest.json`, with a checksum of itself. */
export function presentManifest(manifest: BackupManifest): string {
  return `${JSON.stringify({ ...manifest, checksum: checksumOf(manifest) }, undefined, 1)}\n`;
}

/**
 * The manifest of a set.
 *
 * @throws BackupDamagedError when it is damaged, or was written by a newer Berth
 */
export function parseManifest(text: string): BackupManifest {
  const document = parseJson(text);
  if (typeof document !== 'object' || document === null) throw new BackupDamagedError(DAMAGED);
  const { checksum, ...rest } = { checksum: undefined, ...document };
  if ('format' in rest && typeof rest.format === 'number' && rest.format > FORMAT) {
    throw new BackupDamagedError(
      `the backup has format ${rest.format}, and this Berth knows formats up to ${FORMAT}: use a newer one`,
    );
  }
  const result = manifestSchema.safeParse(rest);
  if (!result.success || checksum !== checksumOf(result.data)) {
    throw new BackupDamagedError(DAMAGED);
  }
  return result.data;
}

const DAMAGED = 'manifest.json is damaged';

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new BackupDamagedError(DAMAGED, { cause });
  }
}

/** Of the document with sorted keys, so that it does not depend on how it was written. */
function checksumOf(manifest: BackupManifest): string {
  return createHash('sha256')
    .update(JSON.stringify(sortKeys(manifest)))
    .digest('hex');
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  const sorted = entries.toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(sorted.map(([key, member]) => [key, sortKeys(member)]));
}
