import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { packTar } from 'modern-tar';
import {
  type ChartFile,
  type ChartListing,
  type ChartReader,
  type ChartStore,
  type ChartUpload,
  type ChartVersion,
  compareVersions,
  parseProvenance,
} from '../../helm/index.ts';
import { AppError } from '../../lib/index.ts';

interface Stored {
  readonly version: ChartVersion;
  readonly archive: Buffer;
  readonly provenance: Buffer | undefined;
}

/** A chart as `helm package` makes it. */
export async function packChart(name: string, version: string, more = ''): Promise<Buffer> {
  const files = {
    'Chart.yaml': `apiVersion: v2\nname: ${name}\nversion: ${version}\n${more}`,
    'values.yaml': 'replicas: 1\n',
    'README.md': `# ${name}\n`,
  };
  const entries = Object.entries(files).map(([path, body]) => ({
    header: {
      name: `${name}/${path}`,
      size: Buffer.byteLength(body),
      type: 'file' as const,
      mtime: new Date(0),
    },
    body,
  }));
  return gzipSync(Buffer.from(await packTar(entries)));
}

/** As `helm package --sign` makes it, without a signature that would hold. */
export function signChart(name: string, version: string): Buffer {
  return Buffer.from(
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\nname: ${name}\nversion: ${version}\n\n...\n-----BEGIN PGP SIGNATURE-----\n\nx\n-----END PGP SIGNATURE-----\n`,
  );
}

/** Charts that are kept in memory, by the projects of the back end. */
export class MemoryCharts implements ChartStore {
  readonly projects = new Map<string, Map<string, Stored>>();
  readonly #reader: Pick<ChartReader, 'readMetadata'>;
  #revision = 0;

  constructor(reader: Pick<ChartReader, 'readMetadata'>) {
    this.#reader = reader;
  }

  list(project: string): Promise<ChartListing> {
    const versions = [...this.#of(project).values()].map(({ version }) => version);
    versions.sort((a, b) => compareVersions(b.metadata.version, a.metadata.version));
    const charts = Map.groupBy(versions, ({ metadata }) => metadata.name);
    return Promise.resolve({ revision: String(this.#revision), charts });
  }

  open(
    project: string,
    name: string,
    version: string,
    part: 'archive' | 'provenance',
  ): Promise<ChartFile | undefined> {
    const bytes = this.#of(project).get(keyOf(name, version))?.[part];
    return Promise.resolve(bytes && { size: bytes.length, content: Readable.from([bytes]) });
  }

  async put(
    project: string,
    { archive, provenance }: ChartUpload,
    { overwrite }: { readonly overwrite: boolean },
  ): Promise<ChartVersion> {
    const metadata = await this.#reader.readMetadata(archive);
    const key = keyOf(metadata.name, metadata.version);
    if (this.#of(project).has(key) && !overwrite) {
      throw new AppError('conflict', `${key} exists already in ${project}`);
    }
    const version: ChartVersion = {
      metadata,
      digest: `sha256:${createHash('sha256').update(archive).digest('hex')}`,
      size: archive.length,
      createdAt: new Date(),
      hasProvenance: provenance !== undefined,
    };
    const kept = provenance && Buffer.from(provenance);
    this.#set(project, { version, archive: Buffer.from(archive), provenance: kept });
    return version;
  }

  async putProvenance(project: string, provenance: Uint8Array): Promise<void> {
    const { name, version } = parseProvenance(provenance);
    const stored = this.#of(project).get(keyOf(name, version));
    if (stored === undefined) throw new AppError('not-found', `no ${name} in ${project}`);
    const signed = { ...stored.version, hasProvenance: true };
    this.#set(project, { ...stored, version: signed, provenance: Buffer.from(provenance) });
    await Promise.resolve();
  }

  deleteVersion(project: string, name: string, version: string): Promise<boolean> {
    this.#revision += 1;
    return Promise.resolve(this.#of(project).delete(keyOf(name, version)));
  }

  deleteChart(project: string, name: string): Promise<boolean> {
    const keys = [...this.#of(project).keys()].filter((key) => key.startsWith(`${name}:`));
    for (const key of keys) this.#of(project).delete(key);
    this.#revision += 1;
    return Promise.resolve(keys.length > 0);
  }

  countPulls(): Promise<number> {
    return Promise.resolve(0);
  }

  #of(project: string): Map<string, Stored> {
    const known = this.projects.get(project) ?? new Map<string, Stored>();
    this.projects.set(project, known);
    return known;
  }

  #set(project: string, stored: Stored): void {
    const { name, version } = stored.version.metadata;
    this.#of(project).set(keyOf(name, version), stored);
    this.#revision += 1;
  }
}

function keyOf(name: string, version: string): string {
  return `${name}:${version}`;
}
