import { compileSelector } from '../selectors/index.ts';
import type { PlacedRule } from './retention-policy.ts';
import { type Evaluator, findTemplate, type Unit } from './templates.ts';

export interface CandidateTag {
  readonly name: string;
  /** Milliseconds since the epoch, both. */
  readonly pushedAt: number;
  readonly pulledAt: number | undefined;
}

/** An artifact that is listed: no accessory, and no untagged part of an index. */
export interface Candidate {
  readonly digest: string;
  readonly pushedAt: number;
  readonly pulledAt: number | undefined;
  readonly tags: readonly CandidateTag[];
}

/** What becomes of an artifact with these tags, or of one tag of it, and why. */
export interface Verdict {
  readonly tags: readonly string[];
  readonly isKept: boolean;
  readonly reason: string;
}

/**
 * Chooses what stays in a repository. It is shown all candidates first, and then asked of each:
 * so it needs to remember only the best of them.
 */
export interface Selection {
  observe(candidate: Candidate): void;
  /** One verdict; with tags that count each for itself, one for each. */
  judge(candidate: Candidate): Verdict[];
}

export interface SelectionOptions {
  readonly isPerTag: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** @param rules those that are for the repository; without any everything stays */
export function createSelection(
  rules: readonly PlacedRule[],
  { isPerTag, now }: SelectionOptions,
): Selection {
  const compiled = rules.map((placed) => compileRule(placed, now));
  const unitsOf = isPerTag ? tagUnits : artifactUnits;
  return {
    observe(candidate) {
      for (const unit of unitsOf(candidate)) {
        for (const { selects, evaluator } of compiled) if (selects(unit)) evaluator.observe(unit);
      }
    },
    judge: (candidate) => unitsOf(candidate).map((unit) => judgeUnit(compiled, unit)),
  };
}

interface CompiledRule {
  /** As reasons name it. */
  readonly title: string;
  readonly evaluator: Evaluator;
  selects(unit: Unit): boolean;
}

function compileRule({ number, rule }: PlacedRule, now: number): CompiledRule {
  const selectors = rule.tags.map(compileSelector);
  const template = findTemplate(rule.template);
  const parameter = rule.parameter ?? template.standard;
  return {
    title: `rule ${number} (${[rule.template, ...(parameter === undefined ? [] : [parameter])].join(' ')})`,
    evaluator: template.create(parameter ?? 0, {
      now,
      includesPrereleases: rule.tags.some(({ extras }) => wantsPrereleases(extras)),
      selectsTag: (tag) => selectors.every((selector) => selector.selects(tag)),
    }),
    selects: ({ tags }) => selectors.every((selector) => selector.selectsTags(tags)),
  };
}

/** Ours, beside Harbor's `untagged`. */
function wantsPrereleases(extras: string | undefined): boolean {
  if (extras === undefined || extras === '') return false;
  try {
    const parsed: unknown = JSON.parse(extras);
    if (typeof parsed !== 'object' || parsed === null) return false;
    return 'prerelease' in parsed && parsed.prerelease === true;
  } catch {
    return false;
  }
}

function judgeUnit(rules: readonly CompiledRule[], unit: Unit): Verdict {
  const { tags } = unit;
  if (rules.length === 0) return { tags, isKept: true, reason: 'no rule is for this repository' };
  const selecting = rules.filter(({ selects }) => selects(unit));
  const keeping = selecting.filter(({ evaluator }) => evaluator.keeps(unit));
  if (keeping.length > 0) return { tags, isKept: true, reason: `kept by ${titles(keeping)}` };
  const reason =
    selecting.length === 0
      ? 'no rule selects it'
      : `selected, but not kept, by ${titles(selecting)}`;
  return { tags, isKept: false, reason };
}

function titles(rules: readonly CompiledRule[]): string {
  return rules.map(({ title }) => title).join(', ');
}

/** Times are the latest of the artifact and its tags, as in Harbor. */
function artifactUnits({ digest, pushedAt, pulledAt, tags }: Candidate): Unit[] {
  return [
    {
      key: digest,
      tags: tags.map(({ name }) => name),
      pushedAt: tags.reduce((latest, tag) => Math.max(latest, tag.pushedAt), pushedAt),
      pulledAt: latestOf([pulledAt, ...tags.map((tag) => tag.pulledAt)]),
    },
  ];
}

/** Clients that are told a digest by a tag pull that digest next. */
const SAME_PULL_MS = 60_000;

/**
 * Times are the tag's own. A pull by digest is one of all tags, as long as none was pulled since:
 * what is run by digest must not go because nobody pulls its tags.
 */
function tagUnits(candidate: Candidate): Unit[] {
  const { digest, pushedAt, pulledAt, tags } = candidate;
  if (tags.length === 0) return [{ key: digest, tags: [], pushedAt, pulledAt }];
  const byTag = latestOf(tags.map((tag) => tag.pulledAt)) ?? -Infinity;
  const isByDigest = pulledAt !== undefined && pulledAt > byTag + SAME_PULL_MS;
  const byDigest = isByDigest ? pulledAt : undefined;
  return tags.map((tag) => ({
    key: `${digest}:${tag.name}`,
    tags: [tag.name],
    pushedAt: tag.pushedAt,
    pulledAt: latestOf([tag.pulledAt, byDigest]),
  }));
}

function latestOf(times: readonly (number | undefined)[]): number | undefined {
  return times.reduce(
    (latest, time) => (time === undefined || (latest ?? -Infinity) >= time ? latest : time),
    undefined,
  );
}
