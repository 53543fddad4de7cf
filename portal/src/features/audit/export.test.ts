import { describe, expect, it } from 'vitest';
import { collectPages } from './collected.ts';
import { presentCsv } from './csv.ts';

const entry = {
  id: 1,
  op_time: '2026-11-21T10:00:00.000Z',
  username: 'ann',
  resource: 'library/app:1.0',
  resource_type: 'artifact',
  operation: 'pull',
  operation_description: 'pull artifact with name: library/app:1.0',
  operation_result: true,
};

describe('a table of entries', () => {
  it('has a line of names and one of each entry', () => {
    expect(presentCsv([entry])).toBe(
      'op_time,username,resource,resource_type,operation,operation_description,operation_result\r\n' +
        '2026-11-21T10:00:00.000Z,ann,library/app:1.0,artifact,pull,pull artifact with name: library/app:1.0,true\r\n',
    );
  });

  it('quotes commas, quotes and lines', () => {
    const csv = presentCsv([{ ...entry, resource: 'a,"b"\nc' }]);
    expect(csv).toContain('"a,""b""\nc"');
  });

  it.each(['=cmd()', '+1', '-1', '@x', '\tx'])('has no formula in %j', (username) => {
    expect(presentCsv([{ ...entry, username }])).toContain(`,'${username},`);
  });
});

describe('an export', () => {
  const listOf = (total: number) => (page: number, size: number) => {
    const from = (page - 1) * size;
    const count = Math.max(0, Math.min(size, total - from));
    return Promise.resolve({ items: Array.from({ length: count }, (_, i) => from + i), total });
  };

  it('takes all pages', async () => {
    const heard: number[] = [];
    const found = await collectPages({
      getPage: listOf(250),
      onProgress: (count) => heard.push(count),
    });
    expect(found.items).toHaveLength(250);
    expect(found.items.at(-1)).toBe(249);
    expect(heard).toEqual([100, 200, 250]);
  });

  it('ends at its limit, and tells how many there were', async () => {
    const found = await collectPages({ getPage: listOf(990), onProgress: () => {}, most: 250 });
    expect(found).toMatchObject({ total: 990, items: { length: 250 } });
  });

  it('ends when the list is shorter than was said', async () => {
    const getPage = async (page: number, size: number) => ({
      ...(await listOf(130)(page, size)),
      total: 5000,
    });
    expect((await collectPages({ getPage, onProgress: () => {} })).items).toHaveLength(130);
  });
});
