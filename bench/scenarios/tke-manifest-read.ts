import type { Goal, RowSpec } from '../figure.ts';
import type { ReadOperation } from '../load/load.ts';
import { runRead } from '../load/read.ts';
import { createRandom, drawUniform, drawZipf } from '../stats.ts';
import type { Target } from '../targets/target.ts';
import type { Measure, Scenario } from './scenario.ts';
import { digestOf, FIRST_NUMBER, IMAGE, imageSeries, manifestText, seedTags } from './seed.ts';
import {
  builtinConfiguration,
  createNamespace,
  harborConfiguration,
  NAMESPACE,
  post,
} from './tke-registry.ts';

const TARGETS = ['native', 'berth'] as const;
const CONNECTIONS = 64;
/** What a cluster that rolls out pulls, on all its nodes. */
const FEW = 100;
const MANY = 10_000;
const DRAWS = 50_000;

/** The same repository, as TKE's clients name it and as whoever stores it does. */
const shown = imageSeries(`${NAMESPACE}/app`);
const stored = imageSeries(`default-image-${NAMESPACE}/app`);

const few = drawUniform(FEW, DRAWS, createRandom(1));
const many = drawZipf(MANY, DRAWS, createRandom(1));

/** B14: manifests through the proxy of TKE's view, beside the same ones asked of the Harbor behind. */
export function createTkeProxy(): Scenario {
  const goals: Goal[] = [{ kind: 'ratio', peer: 'native', atLeast: 0.6 }];
  let harbor: Target | undefined;
  return {
    targets: TARGETS,
    measures: [
      measure('B14', `proxied manifest GET by tag, ${FEW} tags, c=${CONNECTIONS}`, goals, {
        names: tags(FEW),
        order: few,
      }),
      measure('B14', `… by tag, ${MANY} tags by Zipf`, goals, { names: tags(MANY), order: many }),
      measure('B14', `… by digest, ${FEW} manifests`, goals, { names: digests(FEW), order: few }),
    ],
    registryConfiguration: () => harborConfiguration(harbor),
    async seed(target) {
      if (target.id === 'native') harbor = target;
      if (target.id === 'native' || harbor === undefined) return undefined;
      await createNamespace(target);
      await seedTags(harbor, `default-image-${NAMESPACE}/app`, MANY);
      return undefined;
    },
  };
}

/** B15: what TKE's view costs where this registry itself keeps the images. */
export function createTkeBuiltin(): Scenario {
  const goals: Goal[] = [{ kind: 'ratio', peer: 'native', atLeast: 0.85 }];
  return {
    targets: TARGETS,
    measures: [
      measure('B15', `manifest GET by tag in TKE's view, c=${CONNECTIONS}`, goals, {
        names: tags(MANY),
        order: many,
      }),
    ],
    registryConfiguration: () => builtinConfiguration,
    async seed(target) {
      if (target.id === 'berth') {
        await createNamespace(target);
        await seedTags(target, `${NAMESPACE}/app`, MANY);
        return undefined;
      }
      await post(target, '/api/v2.0/projects', { project_name: `default-image-${NAMESPACE}` });
      await seedTags(target, `default-image-${NAMESPACE}/app`, MANY);
      return undefined;
    },
  };
}

function tags(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `t${FIRST_NUMBER + index}`);
}

function digests(count: number): string[] {
  // Both series have the same bytes: they differ in paths alone.
  return Array.from({ length: count }, (_, index) =>
    digestOf(manifestText(shown, FIRST_NUMBER + index)),
  );
}

function measure(
  id: string,
  name: string,
  goals: readonly Goal[],
  { names, order }: { readonly names: readonly string[]; readonly order: readonly number[] },
): Measure {
  const row: RowSpec = { id, name, unit: 'req/s', goals };
  return {
    rows: [row],
    targets: TARGETS,
    warmUp: true,
    async run(target, { seconds }) {
      const isNative = target.id === 'native';
      const prefix = (isNative ? stored : shown).prefix.slice(0, -1);
      const repository = isNative ? `default-image-${NAMESPACE}/app` : `${NAMESPACE}/app`;
      const operation: ReadOperation = {
        kind: 'read',
        method: 'GET',
        paths: names.map((each) => prefix + each),
        order,
        status: 200,
        bytes: Buffer.byteLength(manifestText(shown, FIRST_NUMBER)),
      };
      const headers = { ...(await target.authorize([repository])), accept: IMAGE };
      const load = { address: target.address(), connections: CONNECTIONS, headers };
      const result = await runRead(load, operation, seconds);
      return [{ ...result, value: result.operations / result.seconds }];
    },
  };
}
