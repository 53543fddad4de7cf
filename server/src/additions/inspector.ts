import { type Descriptor, type JsonObject, type Manifest, parseManifest } from '@berth/oci';
import { LRUCache } from 'lru-cache';
import {
  ContentRefusal,
  createGate,
  createParserPool,
  type Document,
  type Documents,
  missing,
  type ParserPool,
  type PoolLimits,
} from '../archives/index.ts';
import { type ArtifactForm, artifactFormOf, type ImageConfig } from '../artifacts/index.ts';
import { AppError, type AppErrorKind } from '../lib/index.ts';
import { type AdditionSource, additionSourceOf, listAdditions } from './additions.ts';
import { type BlobSource, readPieces, readWhole } from './blob-source.ts';
import { attrsOf, type ConfigRules } from './config.ts';
import { limits, readLimits } from './limits.ts';
import { type MetadataSource, metadataSourceOf, wholeConfig } from './metadata-source.ts';
import { reduceAttrs } from './reduced-attrs.ts';
import { ATTRS, IMAGE, type Task } from './task.ts';

export interface StoredContent {
  readonly content: Buffer;
  readonly mediaType: string;
}

export interface InspectorPorts {
  /** A blob of the repository. The caller has seen to it that the reader may pull from there. */
  openBlob(repository: string, digest: string): Promise<BlobSource | undefined>;
  findManifest(repository: string, digest: string): Promise<StoredContent | undefined>;
}

/** One addition as it is answered. */
export interface Addition {
  /** With its charset. */
  readonly contentType: string;
  /** What strangers wrote: never to be shown as a page of this site. Not to be changed. */
  readonly body: Buffer;
}

/** Tells what is in artifacts. Content is hostile: all reading is bounded, in bytes and in time. */
export interface ArtifactInspector {
  /**
   * Harbor's `extra_attrs` (§4.3), at most 256 KiB of JSON: of more, the largest members are left
   * out. A config that is missing, too large or malformed tells nothing: `{}`.
   *
   * @throws AppError unavailable, or storage's error, when it cannot be told now: ask again later
   */
  describe(
    repository: string,
    content: Buffer,
    mediaType: string,
  ): Promise<{ extraAttrs: Record<string, unknown> }>;
  /** Names of the additions that such an artifact has, of which some may turn out to be absent. */
  listAdditions(manifest: Manifest): readonly string[];
  /**
   * One addition, by its name in any case (Harbor's §4.3).
   *
   * @throws AppError invalid when such an artifact has no such addition, not-found when this one
   * has not, too-large and unprocessable when its content is not fit to be shown, unavailable when
   * too much is being read or reading takes too long; and storage's errors
   */
  readAddition(
    repository: string,
    content: Buffer,
    mediaType: string,
    name: string,
  ): Promise<Addition>;
  /**
   * What an image's config says. Undefined when there is none, or when it cannot be read, be it
   * too large, malformed or too much at once.
   *
   * @throws storage's errors
   */
  readImageConfig(repository: string, manifest: Manifest): Promise<ImageConfig | undefined>;
  /** Stops the threads. */
  close(): Promise<void>;
}

export function createArtifactInspector(
  ports: InspectorPorts,
  pool: ParserPool<Task> = createInspectorPool(),
): ArtifactInspector {
  return new Inspector(ports, pool);
}

/** Threads that do the inspector's tasks. */
export function createInspectorPool(limits?: PoolLimits): ParserPool<Task> {
  return createParserPool(new URL('./parser.worker.ts', import.meta.url), limits);
}

const IMAGE_FORMS: ReadonlySet<ArtifactForm> = new Set(['image', 'wasm']);
const UNREADABLE: ReadonlySet<AppErrorKind> = new Set(['not-found', 'unavailable']);

/** A key, an entry and the cache's own links, roughly. */
const ENTRY_BYTES = 300;

class Inspector implements ArtifactInspector {
  readonly #ports: InspectorPorts;
  readonly #pool: ParserPool<Task>;
  readonly #reads = createGate(readLimits.atOnce, readLimits.waiting);
  readonly #reading = new Map<string, Promise<Documents>>();
  readonly #known = new LRUCache<string, Document>({
    maxSize: limits.cache,
    maxEntrySize: limits.document + ENTRY_BYTES,
    sizeCalculation: (found) => ENTRY_BYTES + ('body' in found ? found.body.length : 0),
  });

  readonly listAdditions = listAdditions;

  constructor(ports: InspectorPorts, pool: ParserPool<Task>) {
    this.#ports = ports;
    this.#pool = pool;
  }

  async describe(repository: string, content: Buffer, mediaType: string) {
    const manifest = findManifest(content, mediaType);
    if (manifest === undefined) return { extraAttrs: {} };
    try {
      return { extraAttrs: await this.#attrs(repository, metadataSourceOf(manifest)) };
    } catch (error) {
      if (error instanceof ContentRefusal && error.kind !== 'unavailable')
        return { extraAttrs: {} };
      throw error;
    }
  }

  async readAddition(repository: string, content: Buffer, mediaType: string, name: string) {
    const manifest = findManifest(content, mediaType);
    if (manifest === undefined) {
      throw new AppError('unprocessable', 'the manifest of the artifact cannot be read');
    }
    const addition = name.toLowerCase();
    const source = additionSourceOf(manifest, addition);
    const { contentType } = source;
    if ('body' in source) return { contentType, body: source.body };
    const found = await this.#document(repository, source, addition);
    if (!('body' in found)) throw new AppError(found.kind, found.message);
    return { contentType, body: asBuffer(found.body) };
  }

  async readImageConfig(repository: string, manifest: Manifest) {
    const { config } = manifest;
    if (config === undefined || !IMAGE_FORMS.has(artifactFormOf(manifest))) return undefined;
    const source = { blob: config, maxBytes: limits.config, task: { kind: 'image' } } as const;
    try {
      const found = await this.#document(repository, source, IMAGE);
      if (!('body' in found)) return undefined;
      // The worker's own writing, bounded as what it read.
      const image: ImageConfig = JSON.parse(asBuffer(found.body).toString('utf8'));
      return image;
    } catch (error) {
      if (error instanceof AppError && UNREADABLE.has(error.kind)) return undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#pool.close();
  }

  async #attrs(repository: string, source: MetadataSource): Promise<JsonObject> {
    switch (source.kind) {
      case 'manifest':
        return reduceAttrs(source.attrs);
      case 'config': {
        const attrs = await this.#configAttrs(repository, source.config, source.rules);
        return attrs === undefined ? {} : { ...source.attrs, ...attrs };
      }
      case 'child': {
        const child = await this.#ports.findManifest(repository, source.digest);
        const manifest = child && findManifest(child.content, child.mediaType);
        const config = manifest && wholeConfig(manifest);
        return config?.kind === 'config' ? await this.#attrs(repository, config) : {};
      }
    }
  }

  async #configAttrs(
    repository: string,
    config: Descriptor,
    rules: ConfigRules,
  ): Promise<JsonObject | undefined> {
    if (config.size > limits.config) return undefined;
    const blob = await this.#ports.openBlob(repository, config.digest);
    if (blob === undefined) return undefined;
    if (blob.size <= limits.inlineConfig) {
      return attrsOf(await this.#reads.run(() => readWhole(blob, limits.inlineConfig)), rules);
    }
    const documents = await this.#pool.run(
      { kind: 'attrs', rules },
      readPieces(blob, limits.config),
    );
    const found = documents.get(ATTRS);
    if (found === undefined || !('body' in found)) return undefined;
    // The worker's own writing, of at most 256 KiB.
    const attrs: JsonObject = JSON.parse(asBuffer(found.body).toString('utf8'));
    return attrs;
  }

  /** By digest: what is known of a blob is true in every repository that has it. */
  async #document(
    repository: string,
    {
      blob,
      maxBytes,
      task,
    }: Omit<Extract<AdditionSource, { readonly blob: Descriptor }>, 'contentType'>,
    name: string,
  ): Promise<Document> {
    const kind = task?.kind ?? 'raw';
    const keyOf = (name: string) => `${blob.digest} ${kind} ${name}`;
    const known = this.#known.get(keyOf(name));
    if (known !== undefined) return known;
    try {
      const documents = await this.#once(keyOf(kind === 'chart' ? '' : name), () =>
        this.#read(repository, blob, maxBytes, task, name),
      );
      for (const [name, document] of documents) this.#known.set(keyOf(name), document);
      return documents.get(name) ?? missing(name);
    } catch (error) {
      if (!(error instanceof ContentRefusal)) throw error;
      const refusal: Document = { kind: error.kind, message: error.message };
      // For a while only: on a busy machine it may have been too slow for once.
      this.#known.set(keyOf(name), refusal, { ttl: limits.refusalTtl });
      return refusal;
    }
  }

  async #read(
    repository: string,
    { digest, size }: Descriptor,
    maxBytes: number,
    task: Task | undefined,
    name: string,
  ): Promise<Documents> {
    if (size > maxBytes) {
      throw new ContentRefusal('too-large', `the content is larger than ${maxBytes} bytes`);
    }
    const blob = await this.#ports.openBlob(repository, digest);
    if (blob === undefined) throw new AppError('not-found', `the blob ${digest} is not there`);
    if (task !== undefined) return await this.#pool.run(task, readPieces(blob, maxBytes));
    const bytes = await this.#reads.run(() => readWhole(blob, maxBytes));
    return new Map([[name, { body: bytes }]]);
  }

  /** Those who ask for the same at the same time wait for one reading of it. */
  async #once(key: string, read: () => Promise<Documents>): Promise<Documents> {
    const reading = this.#reading.get(key);
    if (reading !== undefined) return await reading;
    const started = read();
    this.#reading.set(key, started);
    try {
      return await started;
    } finally {
      this.#reading.delete(key);
    }
  }
}

function asBuffer({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function findManifest(content: Buffer, mediaType: string): Manifest | undefined {
  try {
    return parseManifest(content, mediaType);
  } catch {
    return undefined;
  }
}
