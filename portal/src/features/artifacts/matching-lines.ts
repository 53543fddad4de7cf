export interface MatchingLine {
  /** From 1. */
  readonly number: number;
  readonly line: string;
}

/** The lines of a text that have some words in them, in any case. */
export function matchingLines(text: string, wanted: string): readonly MatchingLine[] {
  const sought = wanted.toLowerCase();
  return text
    .split('\n')
    .map((line, index) => ({ number: index + 1, line }))
    .filter(({ line }) => line.toLowerCase().includes(sought));
}
