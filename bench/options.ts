import { parseArgs } from 'node:util';

export const SCENARIO_IDS = [
  'B1',
  'B2',
  'B3',
  'B4',
  'B5',
  'B6',
  'B7',
  'B8',
  'B9',
  'B10',
  'B11',
  'B12',
  'B13',
  'B14',
  'B15',
  'B16',
  'B17',
  'B18',
] as const;
export type ScenarioId = (typeof SCENARIO_IDS)[number];

export interface Options {
  readonly scenarios: readonly ScenarioId[];
  readonly runs: number;
  readonly quick: boolean;
  /** Where the raw figures go, instead of bench/results/<date>.json. */
  readonly json: string | undefined;
  /** Whether the table in bench/README.md is rewritten. */
  readonly write: boolean;
  /** Measures Berth alone, under V8's CPU profiler. */
  readonly profile: boolean;
}

/** Parses the command line. Throws RangeError, or what parseArgs throws, with a message to show. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      runs: { type: 'string', default: '5' },
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const scenarios = positionals.map((text) => parseScenarioId(text));
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new RangeError('--runs must be a number from 1');
  return {
    scenarios: scenarios.length === 0 ? SCENARIO_IDS : scenarios,
    runs: values.quick || values.profile ? 1 : runs,
    quick: values.quick,
    json: values.json,
    write: values.write,
    profile: values.profile,
  };
}

function parseScenarioId(text: string): ScenarioId {
  const found = SCENARIO_IDS.find((id) => id === text.toUpperCase());
  if (found === undefined) {
    throw new RangeError(`${text} is none of ${SCENARIO_IDS.join(', ')}`);
  }
  return found;
}
