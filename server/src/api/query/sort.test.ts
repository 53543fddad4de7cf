import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/index.ts';
import { defineFields, flag, integer, text, time } from './fields.ts';
import { parseSort } from './sort.ts';

const fields = defineFields({
  repository_id: integer('repository.id', { aliases: ['id'] }),
  name: text('repository.name'),
  creation_time: time('repository.created_at'),
  public: flag('project.is_public', { sortable: false }),
});
const STANDARD = '-creation_time,-repository_id';

const byId = { column: 'repository.id', type: 'integer', descending: true } as const;
const byName = { column: 'repository.name', type: 'text', descending: false } as const;
const byTime = { column: 'repository.created_at', type: 'time', descending: true } as const;

describe('a sort', () => {
  it.each([undefined, '', ',', '-', 'nothing', 'public', '-constructor,public'])(
    'of %j is the standard one',
    (text) => {
      expect(parseSort(fields, text, STANDARD)).toEqual([byTime, byId]);
    },
  );

  it('follows the keys, in either spelling, and ends in the unique column', () => {
    expect(parseSort(fields, 'name', STANDARD)).toEqual([byName, byId]);
    expect(parseSort(fields, ' -CreationTime , name,public', STANDARD)).toEqual([
      byTime,
      byName,
      byId,
    ]);
  });

  it('has a column once, the first time', () => {
    expect(parseSort(fields, 'id,name,-id,-name', STANDARD)).toEqual([
      { ...byId, descending: false },
      byName,
    ]);
  });

  it.each(['password', '-salt', 'name,-user__password', ' -Secret'])('refuses %j', (text) => {
    expect(() => parseSort(fields, text, STANDARD)).toThrow(AppError);
  });

  it('is bounded in length', () => {
    expect(() => parseSort(fields, 'a'.repeat(4097), STANDARD)).toThrow('4096 characters');
  });

  it('has a standard that is sortable, or is our own mistake', () => {
    expect(() => parseSort(fields, 'name', 'public')).toThrow(TypeError);
  });

  it('never speaks of a column outside of the list, and always of the unique one', () => {
    const key = fc.oneof(
      fc.constantFrom(...fields.keys(), '-name', '__proto__', 'is_public', '-repository.name'),
      fc.string({ unit: 'grapheme', maxLength: 8 }),
    );
    const columns = [byId.column, byName.column, byTime.column];
    fc.assert(
      fc.property(fc.array(key, { maxLength: 6 }), (keys) => {
        const found = parseSort(fields, keys.join(','), STANDARD).map((sort) => sort.column);
        expect(columns).toEqual(expect.arrayContaining(found));
        expect(found).toContain(byId.column);
      }),
      { numRuns: 2000 },
    );
  });
});
