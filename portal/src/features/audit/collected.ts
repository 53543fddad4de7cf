import type { Listed } from '../../lib/api.ts';

export const MOST_ENTRIES = 10_000;
const PAGE_SIZE = 100;

interface Collection<T> {
  getPage(page: number, size: number): Promise<Listed<T>>;
  onProgress(count: number, total: number): void;
  readonly most?: number;
}

/** All pages of a list, one after the other, as far as `most`. */
export async function collectPages<T>({
  getPage,
  onProgress,
  most = MOST_ENTRIES,
}: Collection<T>): Promise<Listed<T>> {
  const items: T[] = [];
  for (let page = 1; ; page += 1) {
    const found = await getPage(page, PAGE_SIZE);
    items.push(...found.items);
    const total = Math.max(found.total, items.length);
    onProgress(Math.min(items.length, most), Math.min(total, most));
    if (found.items.length < PAGE_SIZE) return { items: items.slice(0, most), total };
    if (items.length >= Math.min(total, most)) return { items: items.slice(0, most), total };
  }
}
