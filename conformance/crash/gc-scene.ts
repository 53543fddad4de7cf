import { ABSENT, type Ledger, type Operation, PRESENT } from './ledger.ts';
import { manifestName, type Target, tagName } from './push.ts';
import type { Random } from './random.ts';
import { type BlobItem, createWorld, type Image, type World } from './world.ts';

/** What the load of the collector's proof happens in. */
export interface Scene {
  readonly world: World;
  readonly times: Times;
  /** Layers that images of all repositories share. */
  readonly bases: readonly BlobItem[];
  readonly deletions: RepositoryDeletions;
  readonly tally: Tally;
  /** The latest images that somebody tried to push there; what is new is what races. */
  recent(repository: string): readonly Image[];
  remember(repository: string, image: Image): void;
}

export interface Times {
  /** How long an acknowledged blob is safe without a manifest. A look renews it from its half. */
  readonly leaseMs: number;
  /** After this what was uploaded without a manifest goes. */
  readonly uploadMs: number;
}

export interface GcTarget extends Target {
  readonly scene: Scene;
}

/** What was done, so that nobody takes an idle load for a proof. */
export interface Tally {
  pushes: number;
  /** With a pause before the manifest. */
  slow: number;
  abandoned: number;
  /** Deleted while they were pushed again. */
  duels: number;
  /** Uploads that a manifest came for only when they were old enough to go. */
  latecomers: number;
  heads: number;
  mounts: number;
  uploads: number;
  deletions: number;
  repositories: number;
  copies: number;
  restores: number;
  /** Images that readers read whole. */
  reads: number;
  /** Manifests refused for a blob that was seen too long ago. */
  late: number;
  /** Manual runs of the collector that were begun. */
  runs: number;
  /** Bytes by digest that the registry took. */
  readonly stored: Map<string, number>;
}

/** Deletions of whole repositories take blobs and uploads of a push under way with them. */
export interface RepositoryDeletions {
  /** Deletes in the ledger what the repository may have. @returns what ends it */
  begin(repository: string, operation: Operation): () => void;
  /** Before a request that may put the manifest there. */
  arrive(repository: string, manifest: string): void;
  /** Whether one ran at any time since then, by `performance.now`. */
  ranSince(repository: string, since: number): boolean;
}

export const GC_PROJECTS = ['alpha', 'beta', 'gamma'];
const PATHS = ['app', 'web', 'tool/cli', 'base'];
const BASES = 30;
const BASE_BYTES = [1024, 2 * 1024 * 1024] as const;
const RECENT = 60;

export function createScene(seed: string, random: Random, ledger: Ledger, times: Times): Scene {
  const repositories = GC_PROJECTS.flatMap((project) => PATHS.map((path) => `${project}/${path}`));
  const world = createWorld(seed, { repositories });
  const recent = new Map<string, Image[]>(repositories.map((name) => [name, []]));
  return {
    world,
    times,
    bases: Array.from({ length: BASES }, () => world.createBlob(random, ...BASE_BYTES)),
    deletions: createDeletions(world, ledger),
    tally: createTally(),
    recent: (repository) => recent.get(repository) ?? [],
    remember(repository, image) {
      world.remember(repository, { image });
      const list = recent.get(repository);
      list?.push(image);
      if (list !== undefined && list.length > RECENT) list.shift();
    },
  };
}

function createTally(): Tally {
  return {
    pushes: 0,
    slow: 0,
    abandoned: 0,
    duels: 0,
    latecomers: 0,
    heads: 0,
    mounts: 0,
    uploads: 0,
    deletions: 0,
    repositories: 0,
    copies: 0,
    restores: 0,
    reads: 0,
    late: 0,
    runs: 0,
    stored: new Map(),
  };
}

function createDeletions(world: World, ledger: Ledger): RepositoryDeletions {
  const running = new Map<string, Set<Operation>>();
  const ended = new Map<string, number>();
  return {
    begin(repository, operation) {
      const others = running.get(repository) ?? new Set();
      running.set(repository, others.add(operation));
      const manifests = [...world.images(repository).values()]
        .map(({ digest }) => manifestName(repository, digest))
        .filter((name) => ledger.possible(name).has(PRESENT));
      const tags = world.tags.map((tag) => tagName(repository, tag));
      ledger.extend(
        operation,
        [...manifests, ...tags].map((name) => ({ name, value: ABSENT })),
      );
      return () => {
        others.delete(operation);
        ended.set(repository, performance.now());
      };
    },
    arrive(repository, manifest) {
      for (const operation of running.get(repository) ?? []) {
        ledger.extend(operation, [{ name: manifest, value: ABSENT }]);
      }
    },
    ranSince(repository, since) {
      const isRunning = (running.get(repository)?.size ?? 0) > 0;
      return isRunning || (ended.get(repository) ?? Number.NEGATIVE_INFINITY) >= since;
    },
  };
}
