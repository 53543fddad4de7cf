import type { Log } from '../telemetry/index.ts';
import type { ArtifactRecord } from './artifact.ts';
import type { ArtifactRowRepository } from './artifact-row.repository.ts';

/** Reads out of manifests what lists do not. */
export interface ArtifactInspector {
  describe(
    repository: string,
    content: Buffer,
    mediaType: string,
  ): Promise<{ readonly extraAttrs: Readonly<Record<string, unknown>> }>;
}

export interface ArtifactCompletionPorts {
  readonly rows: Pick<ArtifactRowRepository, 'listByIds' | 'findContent' | 'putExtraAttrs'>;
  readonly inspector: ArtifactInspector;
  readonly log: Log;
}

export interface ArtifactCompletion {
  /** The artifacts with what was not known of them yet, as far as it can be found out now. */
  complete(artifacts: readonly ArtifactRecord[]): Promise<readonly ArtifactRecord[]>;
}

const MAX_AT_ONCE = 4;
/** What is not read by then is left to the next caller. */
const PATIENCE_MS = 3_000;

type ExtraAttrs = Readonly<Record<string, unknown>>;

export function createArtifactCompletion(ports: ArtifactCompletionPorts): ArtifactCompletion {
  return new Completion(ports);
}

class Completion implements ArtifactCompletion {
  readonly #ports: ArtifactCompletionPorts;
  readonly #underWay = new Map<number, Promise<ExtraAttrs | undefined>>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(ports: ArtifactCompletionPorts) {
    this.#ports = ports;
  }

  async complete(artifacts: readonly ArtifactRecord[]): Promise<readonly ArtifactRecord[]> {
    const silent = artifacts.filter(({ extraAttrs }) => extraAttrs === null);
    if (silent.length === 0) return artifacts;
    const found = await this.#inspectAll(silent.map(({ id }) => id));
    return artifacts.map((artifact) => ({
      ...artifact,
      extraAttrs: artifact.extraAttrs ?? found.get(artifact.id) ?? null,
    }));
  }

  async #inspectAll(ids: readonly number[]): Promise<ReadonlyMap<number, ExtraAttrs>> {
    const deadline = Date.now() + PATIENCE_MS;
    const found = await Promise.all(
      ids.map(async (id) => {
        const attrs = await this.#inspectOnce(id, deadline);
        return attrs === undefined ? [] : [[id, attrs] as const];
      }),
    );
    return new Map(found.flat());
  }

  /** Joins whoever reads the same artifact already. */
  #inspectOnce(id: number, deadline: number): Promise<ExtraAttrs | undefined> {
    const known = this.#underWay.get(id);
    if (known !== undefined) return known;
    const work = this.#inspect(id, deadline).finally(() => this.#underWay.delete(id));
    this.#underWay.set(id, work);
    return work;
  }

  /** Best effort: what fails today is tried again when somebody asks again. */
  async #inspect(id: number, deadline: number): Promise<ExtraAttrs | undefined> {
    const { inspector, rows, log } = this.#ports;
    await this.#enter();
    try {
      if (Date.now() > deadline) return undefined;
      // Manifests are read when their turn comes: a page of them might fill the memory.
      const found = await rows.findContent(id);
      if (found === undefined) return undefined;
      const { repositoryName, content, mediaType } = found;
      const { extraAttrs } = await inspector.describe(repositoryName, content, mediaType);
      await rows.putExtraAttrs(id, extraAttrs);
      return extraAttrs;
    } catch (error) {
      log.warn({ err: error, artifact: id }, 'the config of an artifact was not read');
      return undefined;
    } finally {
      this.#leave();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running >= MAX_AT_ONCE) {
      // Whoever leaves hands its place on.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      return;
    }
    this.#running += 1;
  }

  #leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#running -= 1;
    else next();
  }
}
