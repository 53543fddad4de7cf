/** Everything that `list` gives, page by page, after the key `from`. */
export async function* listPages<T, K>(
  list: (last: K) => Promise<readonly T[]>,
  from: K,
  keyOf: (item: T) => K,
): AsyncGenerator<readonly T[]> {
  let last = from;
  for (;;) {
    const page = await list(last);
    const end = page.at(-1);
    if (end === undefined) return;
    yield page;
    last = keyOf(end);
  }
}
