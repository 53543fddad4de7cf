import { isRepositoryName } from '@berth/oci';
import { ROLE } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import type { Database } from '../db/index.ts';
import { AppError } from '../lib/index.ts';
import { joinConfiguredDatabase } from '../open-database.ts';
import { createProjectRepository } from '../projects/index.ts';
import { createLogger } from '../telemetry/index.ts';
import { ContentMaker } from './dev-seed.content.ts';
import { createSeedRepository, type SeedRepository } from './dev-seed.repository.ts';

export interface DevSeedOptions {
  readonly artifacts: number;
  /** Of each artifact. */
  readonly tags: number;
  readonly repositories: number;
  readonly project: string;
  readonly seed: number;
  readonly append: boolean;
}

const BATCH = 500;
const LABELS = ['stable', 'nightly', 'deprecated', 'reviewed', 'public-beta', 'base-image'];
/** Each tenth repository holds charts, if there are as many. */
const CHART_EVERY = 10;
const FIRST_PUSH = Date.UTC(2026, 0, 1);
const PUSH_INTERVAL_MS = 10_000;
const PROGRESS_MS = 1000;

/** `berth dev seed`: works beside a running registry too. */
export async function seedDatabase(config: Config, options: DevSeedOptions): Promise<number> {
  await using database = await joinConfiguredDatabase(config, createLogger('warn'));
  const began = performance.now();
  await fill(database.db, options, createReporter(options.artifacts));
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  const { artifacts, tags, repositories, project } = options;
  console.log(
    `${artifacts} artifacts with ${tags} tags each in ${repositories} repositories of ${project}, in ${seconds} s`,
  );
  return 0;
}

/** @throws AppError invalid (the name), conflict (the project exists), precondition (there is no administrator) */
export async function fill(
  db: Database,
  options: DevSeedOptions,
  onProgress: (made: number) => void,
): Promise<void> {
  if (options.project.includes('/') || !isRepositoryName(`${options.project}/app`)) {
    throw new AppError('invalid', `${options.project} is no name of a project`);
  }
  const rows = createSeedRepository(db, 'admin');
  const projectId = await ensureProject(db, rows, options);
  const labelIds = await rows.ensureLabels(projectId, LABELS);
  const first = await rows.findLastNumber(projectId);
  const { artifacts, repositories, project } = options;
  let made = 0;
  // While PostgreSQL takes one batch, the next one is made.
  let writing = Promise.resolve();
  for (let place = 0; place < repositories; place += 1) {
    const number = first + place + 1;
    const isChart = number % CHART_EVERY === 0;
    const name = `${project}/${isChart ? 'chart' : 'app'}-${String(number).padStart(4, '0')}`;
    const share = Math.floor((artifacts + place) / repositories);
    const repositoryId = await rows.createRepository(projectId, name);
    const maker = new ContentMaker({
      ...options,
      repository: name,
      labels: labelIds.length,
      isChart,
      pushedAt: (index) => new Date(FIRST_PUSH + (index * repositories + place) * PUSH_INTERVAL_MS),
    });
    for (let from = 0; from < share; from += BATCH) {
      const count = Math.min(BATCH, share - from);
      const content = await maker.make(from, count);
      await writing;
      made += count;
      onProgress(made);
      writing = rows.put({ projectId, repositoryId, labelIds }, content);
      // A failure is told where it is waited for.
      writing.catch(() => undefined);
    }
  }
  await writing;
  await rows.analyze();
}

async function ensureProject(
  db: Database,
  rows: SeedRepository,
  { project, append }: DevSeedOptions,
): Promise<number> {
  const known = await rows.findProjectId(project);
  if (known !== undefined && append) return known;
  const projects = createProjectRepository(db);
  const ownerId = await projects.findFirstAdmin();
  if (ownerId === undefined) {
    throw new AppError('precondition', 'there is no administrator yet; start the registry once');
  }
  const order = { name: project, ownerId, isPublic: false, metadata: new Map(), storageLimit: -1 };
  const id = await projects.create({ ...order, allowlist: undefined }, ROLE.projectAdmin);
  if (id !== undefined) return id;
  throw new AppError('conflict', `the project ${project} exists; --append adds to it`);
}

/** Tells how far it is, once a second. */
function createReporter(total: number): (made: number) => void {
  const began = performance.now();
  let told = began;
  return (made) => {
    const now = performance.now();
    if (now - told < PROGRESS_MS) return;
    told = now;
    const rate = Math.round(made / ((now - began) / 1000));
    console.error(`… ${made} of ${total} artifacts, ${rate} a second`);
  };
}
