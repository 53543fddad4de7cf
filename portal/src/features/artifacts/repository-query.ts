import { allOf, contains, quoteValue } from '../../lib/list-state.ts';

export interface ArtifactWish {
  /** A part of a tag, or the beginning of a digest with its algorithm. */
  readonly text: string;
  readonly type: string;
  /** `tagged`, `untagged` or anything else for both. */
  readonly state: string;
  /** Id of a label, or ''. */
  readonly label: string;
}

/** Which artifacts of a repository are asked for, as the API's `q`. */
export function artifactConditions(wish: ArtifactWish): string | undefined {
  return allOf(textCondition(wish), equals('type', wish.type), withLabel(wish.label));
}

/** The same of tags. */
export function tagConditions(wish: Omit<ArtifactWish, 'state'>): string | undefined {
  const isDigest = wish.text.startsWith('sha256:');
  const text = contains(isDigest ? 'digest' : 'name', wish.text);
  return allOf(text, equals('type', wish.type), withLabel(wish.label));
}

function textCondition({ text, state }: ArtifactWish): string | undefined {
  if (text.startsWith('sha256:')) return allOf(contains('digest', text), tagState(state));
  // The API takes one condition on tags; who looks for a tag wants those that have one.
  return text === '' ? tagState(state) : contains('tags', text);
}

function tagState(state: string): string | undefined {
  if (state === 'tagged') return 'tags=*';
  return state === 'untagged' ? 'tags=nil' : undefined;
}

function equals(key: string, value: string): string | undefined {
  return value === '' ? undefined : `${key}=${quoteValue(value)}`;
}

function withLabel(id: string): string | undefined {
  return /^\d+$/.test(id) ? `labels=(${id})` : undefined;
}
