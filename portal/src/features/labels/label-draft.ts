import type { Answer } from '../../lib/api.ts';

export type Label = Answer<'ListLabels'>[number];

/** What a label is to be. */
export interface LabelDraft {
  readonly name: string;
  readonly description: string;
  readonly color: string;
}

const MAX_NAME_BYTES = 128;
const MAX_DESCRIPTION = 1024;

/** Where to begin: with the label, or with nothing. */
export function draftOf(label: Label | undefined): LabelDraft {
  return {
    name: label?.name ?? '',
    description: label?.description ?? '',
    color: label?.color ?? '#0065AB',
  };
}

/** Which fields the registry would refuse. */
export function findLabelFaults({ name, description }: LabelDraft) {
  return {
    name: new TextEncoder().encode(name.trim()).length > MAX_NAME_BYTES,
    description: description.length > MAX_DESCRIPTION,
  };
}
