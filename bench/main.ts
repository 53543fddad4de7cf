// `npm run bench -- [B1 …] [--runs N] [--quick] [--json file] [--write] [--profile]`

import { mkdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cleanUp, cleanUpOnSignals, onCleanup } from './cleanup.ts';
import type { Row, TargetId } from './figure.ts';
import { describeConditions, describeMachine, type Machine } from './machine.ts';
import { type Options, parseOptions, type ScenarioId } from './options.ts';
import { takeProfiles } from './profile.ts';
import { takeMeasure } from './runner.ts';
import { createArtifactListing } from './scenarios/artifact-listing.ts';
import { createBlobRead } from './scenarios/blob-read.ts';
import { createBlobWrite } from './scenarios/blob-write.ts';
import { createChartIndex } from './scenarios/chart-index.ts';
import { createColdStart } from './scenarios/cold-start.ts';
import { createCollection } from './scenarios/collection.ts';
import { createKubeApi } from './scenarios/kube-api.ts';
import { createLargeLayer } from './scenarios/large-layer.ts';
import { createListing } from './scenarios/listing.ts';
import { createManifestRead } from './scenarios/manifest-read.ts';
import { createManifestWrite } from './scenarios/manifest-write.ts';
import { createQuota } from './scenarios/quota.ts';
import type { Measure, Scale, Scenario } from './scenarios/scenario.ts';
import { createTkeBuiltin, createTkeProxy } from './scenarios/tke-manifest-read.ts';
import { createTokenIssue } from './scenarios/token-issue.ts';
import { formatTables, replaceBetween } from './table.ts';
import { createBare } from './targets/bare.ts';
import { createBerth } from './targets/berth.ts';
import { createDockerRegistry } from './targets/docker-registry.ts';
import type { Target } from './targets/target.ts';

const FULL: Scale = {
  seconds: 5,
  names: 20_000,
  artifacts: 100_000,
  layerGiB: 5,
  versions: 50_000,
  largeUploads: 4,
};
const QUICK: Scale = {
  seconds: 2,
  names: 2_000,
  artifacts: 10_000,
  layerGiB: 0.5,
  versions: 5_000,
  largeUploads: 2,
};
/** Long enough for caches to be warm for most of a profile, and no longer than a profile needs. */
const PROFILED = { seconds: 10, names: 6_000 };
const PROFILED_FUNCTIONS = 25;

interface Bench {
  readonly options: Options;
  readonly scale: Scale;
  readonly machine: Machine;
  /** Directory for CPU profiles, when they are asked for. */
  readonly profiles: string | undefined;
  readonly notes: string[];
}

type Group = { readonly ids: readonly ScenarioId[]; create(): Scenario };

/** Where each Berth keeps its data. */
const directories = new Map<TargetId, string>();

function listGroups(scale: Scale): Group[] {
  return [
    { ids: ['B1', 'B2'], create: createManifestRead },
    { ids: ['B3', 'B4'], create: createBlobRead },
    { ids: ['B5', 'B6'], create: () => createBlobWrite(scale) },
    { ids: ['B7'], create: () => createManifestWrite(scale) },
    { ids: ['B8'], create: () => createListing(scale) },
    {
      ids: ['B9'],
      create: () => createArtifactListing(scale, () => directories.get('berth') ?? ''),
    },
    { ids: ['B11'], create: () => createCollection(scale, () => directories.get('berth') ?? '') },
    { ids: ['B12'], create: createTokenIssue },
    { ids: ['B13'], create: createQuota },
    { ids: ['B14'], create: createTkeProxy },
    { ids: ['B15'], create: createTkeBuiltin },
    { ids: ['B16'], create: () => createChartIndex(scale, (id) => directories.get(id) ?? '') },
    { ids: ['B17'], create: createKubeApi },
    { ids: ['B18'], create: () => createLargeLayer(scale) },
    { ids: ['B10'], create: () => createColdStart(scale, () => directories.get('berth') ?? '') },
  ];
}

function createTarget(
  id: TargetId,
  { settings, registryConfiguration }: Scenario,
  bench: Bench,
): Promise<Target> {
  if (id === 'docker-registry') return createDockerRegistry();
  if (id === 'bare') return createBare();
  const onDirectory = (directory: string) => void directories.set(id, directory);
  if (id === 'native') return createBerth({ id, settings, onDirectory });
  return createBerth({
    profiles: bench.profiles,
    settings,
    registryConfiguration,
    onDirectory,
  });
}

function isAvailable(id: TargetId, { options, machine }: Bench): boolean {
  // What stands behind a proxy is needed, and not profiled.
  if (options.profile) return id === 'berth' || id === 'native';
  return id !== 'docker-registry' || machine.dockerRegistry !== undefined;
}

async function runScenario(scenario: Scenario, bench: Bench): Promise<Row[]> {
  const wanted = ({ rows }: Measure) => bench.options.scenarios.some((id) => id === rows[0]?.id);
  const targets: Target[] = [];
  try {
    for (const id of scenario.targets.filter((id) => isAvailable(id, bench))) {
      const target = await createTarget(id, scenario, bench);
      targets.push(target);
      await target.start();
      const begun = performance.now();
      const note = await scenario.seed(target);
      if (note !== undefined) bench.notes.push(note);
      const seconds = ((performance.now() - begun) / 1000).toFixed(1);
      console.error(`  ${id}: started and filled in ${seconds} s`);
    }
    const rows: Row[] = [];
    for (const measure of scenario.measures.filter(wanted)) {
      console.error(`${measure.rows[0]?.id}: ${measure.rows[0]?.name}`);
      rows.push(...(await runMeasure(measure, targets, bench)));
    }
    return rows;
  } finally {
    for (const target of targets) await target.discard();
  }
}

async function runMeasure(
  measure: Measure,
  targets: readonly Target[],
  { options, scale, profiles }: Bench,
): Promise<Row[]> {
  if (profiles === undefined) {
    return takeMeasure(measure, targets, { runs: options.runs, seconds: scale.seconds });
  }
  // Between two restarts lies one measure, so the profile shows nothing else.
  for (const target of targets) await target.stop();
  await takeProfiles(profiles, 0);
  for (const target of targets) await target.start();
  const rows = await takeMeasure(measure, targets, { runs: 1, seconds: scale.seconds });
  for (const target of targets) await target.stop();
  console.log(`\n${measure.rows[0]?.name}\n${await takeProfiles(profiles, PROFILED_FUNCTIONS)}\n`);
  for (const target of targets) await target.start();
  return rows;
}

async function report(rows: readonly Row[], bench: Bench): Promise<void> {
  const { options, machine } = bench;
  const now = new Date().toISOString();
  const how = `${options.runs} run(s) each${options.quick ? ', quick: sizes are smaller' : ''}`;
  const notes = [...describeConditions(machine), ...bench.notes].map((note) => `- ${note}`);
  const text = `Measured ${now.slice(0, 10)}, ${how}.\n\n${notes.join('\n')}\n\n${formatTables(rows)}`;
  console.log(text);
  const results = fileURLToPath(new URL('results/', import.meta.url));
  mkdirSync(results, { recursive: true });
  const file = options.json ?? join(results, `${now.slice(0, 16).replace(':', '')}.json`);
  const { scenarios, runs, quick } = options;
  const content = { measured: now, scenarios, runs, quick, machine, notes: bench.notes, rows };
  await writeFile(file, `${JSON.stringify(content, undefined, 1)}\n`);
  console.error(`raw figures: ${file}`);
  if (!options.write) return;
  const readme = fileURLToPath(new URL('README.md', import.meta.url));
  await writeFile(readme, replaceBetween(await readFile(readme, 'utf8'), 'figures', text));
}

async function main(options: Options): Promise<void> {
  const profiles = options.profile ? await mkdtemp(join(tmpdir(), 'berth-profile-')) : undefined;
  if (profiles !== undefined) onCleanup(() => rm(profiles, { recursive: true, force: true }));
  const scale = { ...(options.quick ? QUICK : FULL), ...(options.profile ? PROFILED : {}) };
  const bench: Bench = { options, scale, machine: await describeMachine(), profiles, notes: [] };
  const rows: Row[] = [];
  for (const group of listGroups(scale)) {
    if (!group.ids.some((id) => options.scenarios.includes(id))) continue;
    console.error(`${group.ids.join(', ')}: starting the servers`);
    rows.push(...(await runScenario(group.create(), bench)));
  }
  await report(rows, bench);
}

cleanUpOnSignals();
try {
  await main(parseOptions(process.argv.slice(2)));
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
