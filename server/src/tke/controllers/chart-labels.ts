/** The value of labels that were made of keywords (reference §2.7); others are people's. */
const VALUE = '';
const MAX_LENGTH = 63;

/**
 * Labels with those of the chart's keywords in them. A keyword that cannot be the key of a label is
 * bent until it can, or left out.
 */
export function withKeywords(
  labels: Readonly<Record<string, string>> | undefined,
  keywords: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const own = Object.entries(labels ?? {}).filter(([, value]) => value !== VALUE);
  const made = keywords.flatMap((keyword) => {
    const key = toKey(keyword);
    return key === '' ? [] : [[key, VALUE] as const];
  });
  const all = Object.fromEntries([...made, ...own]);
  return Object.keys(all).length === 0 ? undefined : all;
}

function toKey(keyword: string): string {
  return keyword
    .replaceAll(/[^A-Za-z0-9._-]+/g, '-')
    .slice(0, MAX_LENGTH)
    .replaceAll(/^[^A-Za-z0-9]+|[^A-Za-z0-9]+$/g, '');
}
