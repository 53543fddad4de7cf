import type { FieldTerm } from './resource.ts';
import { badRequest } from './status-errors.ts';

type Labels = Readonly<Record<string, string>>;

/** One term of a label selector. */
interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent' | 'above' | 'below';
  readonly values: readonly string[];
}

const QUALIFIED =
  /^(?:[a-z\d](?:[-a-z\d.]{0,251}[a-z\d])?\/)?[A-Za-z\d](?:[-\w.]{0,61}[A-Za-z\d])?$/;
const VALUE = /^(?:[A-Za-z\d](?:[-\w.]{0,61}[A-Za-z\d])?)?$/;

/** Whether text may be the key of a label or annotation (`prefix/name`). */
export function isLabelKey(key: string): boolean {
  return QUALIFIED.test(key);
}

export function isLabelValue(value: string): boolean {
  return VALUE.test(value);
}

/**
 * Kubernetes' label selectors: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`,
 * `a>1`, `a<1`, joined by commas.
 * @throws StatusError 400
 */
export function parseLabelSelector(text: string): (labels: Labels | undefined) => boolean {
  const requirements = splitTerms(text).map(parseRequirement);
  return (labels) => requirements.every((each) => meets(each, labels ?? {}));
}

/** At commas that are in no parentheses. */
function splitTerms(text: string): string[] {
  if (text.trim() === '') return [];
  const terms: string[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (depth < 0 || depth > 1) throw unreadable(text);
    if (character === ',' && depth === 0) {
      terms.push(text.slice(from, at));
      from = at + 1;
    }
  }
  if (depth !== 0) throw unreadable(text);
  return [...terms, text.slice(from)];
}

const SET_TERM = /^\s*([^\s!=<>(),]+)\s+(in|notin)\s*\(([^()]*)\)\s*$/;
const EQUALITY_TERM = /^\s*([^\s!=<>(),]+)\s*(==|!=|=|>|<)\s*([^\s!=<>(),]*)\s*$/;
const PRESENCE_TERM = /^\s*(!?)\s*([^\s!=<>(),]+)\s*$/;

function parseRequirement(term: string): Requirement {
  const requirement = parseSet(term) ?? parseEquality(term) ?? parsePresence(term);
  if (requirement === undefined || !isLabelKey(requirement.key)) throw unreadable(term);
  if (!requirement.values.every(isLabelValue)) throw unreadable(term);
  return requirement;
}

function parseSet(term: string): Requirement | undefined {
  const [, key, operator, list] = SET_TERM.exec(term) ?? [];
  if (key === undefined || list === undefined) return undefined;
  const values = list.split(',').map((value) => value.trim());
  return { key, operator: operator === 'in' ? 'in' : 'notin', values };
}

function parseEquality(term: string): Requirement | undefined {
  const [, key, sign, value] = EQUALITY_TERM.exec(term) ?? [];
  if (key === undefined || value === undefined) return undefined;
  if (sign !== '>' && sign !== '<') {
    return { key, operator: sign === '!=' ? 'notin' : 'in', values: [value] };
  }
  if (!/^-?\d{1,18}$/.test(value)) throw unreadable(term);
  return { key, operator: sign === '>' ? 'above' : 'below', values: [value] };
}

function parsePresence(term: string): Requirement | undefined {
  const [, sign, key] = PRESENCE_TERM.exec(term) ?? [];
  if (key === undefined) return undefined;
  return { key, operator: sign === '!' ? 'absent' : 'exists', values: [] };
}

function unreadable(text: string): Error {
  return badRequest(`unable to parse requirement: ${JSON.stringify(text)} is no label selector`);
}

function meets({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operator === 'exists') return value !== undefined;
  if (operator === 'absent') return value === undefined;
  // What a label that is not there is not, it is not: as Kubernetes has it.
  if (operator === 'notin') return value === undefined || !values.includes(value);
  if (value === undefined) return false;
  if (operator === 'in') return values.includes(value);
  if (!/^-?\d{1,18}$/.test(value)) return false;
  const difference = BigInt(value) - BigInt(values[0] ?? 0);
  return operator === 'above' ? difference > 0n : difference < 0n;
}

/**
 * `a=b,c!=d` with `\` before commas, equals signs and backslashes of values.
 * @throws StatusError 400, also for a field that is not in `known`
 */
export function parseFieldSelector(text: string, known: readonly string[]): readonly FieldTerm[] {
  if (text === '') return [];
  return splitEscaped(text).map((term) => {
    const [, field, sign, value] = /^([^=!]+?)(==|!=|=)(.*)$/s.exec(term) ?? [];
    if (field === undefined || value === undefined) {
      throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    }
    if (!known.includes(field)) throw badRequest(`field label not supported: ${field}`);
    return {
      field,
      operator: sign === '!=' ? '!=' : '=',
      value: value.replaceAll(/\\(.)/gs, '$1'),
    };
  });
}

function splitEscaped(text: string): string[] {
  return [...text.matchAll(/(?:^|,)((?:\\.|[^,\\])*)/gs)]
    .map((match) => match[1] ?? '')
    .filter((term) => term !== '');
}

/** Whether fields are as all terms say; a field that is not there is empty. */
export function meetsFields(
  terms: readonly FieldTerm[],
  fields: Readonly<Record<string, string>>,
): boolean {
  return terms.every(({ field, operator, value }) => {
    const actual = Object.hasOwn(fields, field) ? fields[field] : '';
    return (actual === value) === (operator === '=');
  });
}
