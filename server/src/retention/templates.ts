import { parseVersion } from '../selectors/index.ts';
import { createHighest } from './highest.ts';

/** What is kept or deleted as one: an artifact with its tags, or one of its tags. */
export interface Unit {
  /** Of the artifact and, if it is one tag, of that. */
  readonly key: string;
  readonly tags: readonly string[];
  /** Milliseconds since the epoch, both; never pulled is undefined. */
  readonly pushedAt: number;
  readonly pulledAt: number | undefined;
}

/** A template at work. It is shown all units before it is asked of any. */
export interface Evaluator {
  observe(unit: Unit): void;
  keeps(unit: Unit): boolean;
}

export interface EvaluatorOptions {
  /** Milliseconds since the epoch: what days are counted back from. */
  readonly now: number;
  readonly includesPrereleases: boolean;
  /** Whether the rule selects a tag by its name. */
  selectsTag(tag: string): boolean;
}

export interface Template {
  readonly name: string;
  /** Harbor's sentence, with `#` for the parameter. */
  readonly text: string;
  readonly unit?: 'COUNT' | 'DAYS';
  /** Of the parameter; without one there is no parameter. */
  readonly standard?: number;
  readonly maximum?: number;
  /** Harbor knows it, and does not tell its UI. */
  readonly isHidden?: boolean;
  create(parameter: number, options: EvaluatorOptions): Evaluator;
}

const MAX_COUNT = 32_766;
const MAX_DAYS = 20_190_904;
const DAY_MS = 24 * 60 * 60_000;

const count = { unit: 'COUNT', standard: 10, maximum: MAX_COUNT } as const;
const days = { unit: 'DAYS', standard: 30, maximum: MAX_DAYS } as const;

/** Harbor's (§5.1 of its digest), and ours at the end. */
export const templates = [
  {
    name: 'latestPushedK',
    text: 'the most recently pushed # artifacts',
    ...count,
    create: (limit: number) => createLatest(limit, ({ pushedAt }) => pushedAt),
  },
  {
    name: 'latestPulledN',
    text: 'the most recently pulled # artifacts',
    ...count,
    create: (limit: number) => createLatest(limit, ({ pulledAt }) => pulledAt ?? -Infinity),
  },
  {
    name: 'nDaysSinceLastPush',
    text: 'pushed within the last # days',
    ...days,
    create: (back: number, options: EvaluatorOptions) =>
      createRecent(back, options, ({ pushedAt }) => pushedAt),
  },
  {
    name: 'nDaysSinceLastPull',
    text: 'pulled within the last # days',
    ...days,
    create: (back: number, options: EvaluatorOptions) =>
      createRecent(back, options, ({ pulledAt }) => pulledAt ?? -Infinity),
  },
  {
    name: 'always',
    text: 'always',
    create: () => ({ observe: () => undefined, keeps: () => true }),
  },
  {
    name: 'latestActiveK',
    text: 'the most recently active # artifacts',
    ...count,
    isHidden: true,
    create: (limit: number) =>
      createLatest(limit, ({ pushedAt, pulledAt }) => Math.max(pushedAt, pulledAt ?? -Infinity)),
  },
  {
    name: 'lastXDays',
    text: 'pushed within the last # days',
    ...days,
    standard: 10,
    isHidden: true,
    create: (back: number, options: EvaluatorOptions) =>
      createRecent(back, options, ({ pushedAt }) => pushedAt),
  },
  {
    name: 'latestSemverK',
    text: 'the # highest semantic versions',
    ...count,
    create: (limit: number, options: EvaluatorOptions) => createVersions(limit, options),
  },
] as const satisfies readonly Template[];

export type TemplateName = (typeof templates)[number]['name'];

export const templateNames = templates.map(({ name }) => name);

export function findTemplate(name: TemplateName): Template {
  const template = templates.find((one) => one.name === name);
  if (template === undefined) throw new Error(`no template ${name}`);
  return template;
}

interface Rank {
  readonly time: number;
  readonly pushedAt: number;
  readonly key: string;
}

/** Ties go to what was pushed later, then to one of them, always the same. */
function createLatest(limit: number, timeOf: (unit: Unit) => number): Evaluator {
  const highest = createHighest<Rank>(limit, compareRanks);
  const rankOf = (unit: Unit): Rank => ({
    time: timeOf(unit),
    pushedAt: unit.pushedAt,
    key: unit.key,
  });
  return {
    observe: (unit) => highest.add(rankOf(unit)),
    keeps: (unit) => highest.includes(rankOf(unit)),
  };
}

function compareRanks(left: Rank, right: Rank): number {
  if (left.time !== right.time) return left.time > right.time ? -1 : 1;
  if (left.pushedAt !== right.pushedAt) return left.pushedAt > right.pushedAt ? -1 : 1;
  if (left.key === right.key) return 0;
  return left.key < right.key ? -1 : 1;
}

function createRecent(
  back: number,
  { now }: EvaluatorOptions,
  timeOf: (unit: Unit) => number,
): Evaluator {
  const since = now - back * DAY_MS;
  return { observe: () => undefined, keeps: (unit) => timeOf(unit) >= since };
}

type Version = NonNullable<ReturnType<typeof parseVersion>>;

/** The highest versions, each with all units that have it; other units are not its own. */
function createVersions(limit: number, options: EvaluatorOptions): Evaluator {
  const highest = createHighest<Version>(limit, (left, right) => right.compare(left));
  const versionsOf = ({ tags }: Unit) =>
    tags
      .filter((tag) => options.selectsTag(tag))
      .flatMap((tag) => {
        const version = parseVersion(tag);
        if (version === undefined) return [];
        return version.prerelease.length > 0 && !options.includesPrereleases ? [] : [version];
      });
  return {
    observe(unit) {
      for (const version of versionsOf(unit)) highest.add(version);
    },
    keeps: (unit) => versionsOf(unit).some((version) => highest.includes(version)),
  };
}
