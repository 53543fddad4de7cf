import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Predicate } from '../../db/index.ts';
import { AppError } from '../../lib/index.ts';
import { parseQ } from './condition.ts';
import { decimal, defineFields, flag, integer, text, time } from './fields.ts';
import { compileFilter, findCondition } from './filter.ts';

const fields = defineFields({
  username: text('app_user.username'),
  user_id: integer('app_user.id', { aliases: ['id'] }),
  score: decimal(),
  creation_time: time('created_at'),
  public: flag('is_public'),
  comment: text('comment', { filterable: false }),
});

function filter(q: string): Predicate[] {
  return compileFilter(fields, parseQ(q));
}

describe('a filter', () => {
  const user = { column: 'app_user.username', type: 'text' } as const;
  const id = { column: 'app_user.id', type: 'integer' } as const;
  const created = { column: 'created_at', type: 'time' } as const;
  const shown = { column: 'is_public', type: 'flag' } as const;
  const noon = new Date('2021-02-03T12:00:00Z');

  it.each<[string, Predicate]>([
    ['username=1', { ...user, op: 'equals', value: '1' }],
    ['username=~a', { ...user, op: 'contains', value: 'a' }],
    ['Username=a', { ...user, op: 'equals', value: 'a' }],
    ['user_id=7', { ...id, op: 'equals', value: 7 }],
    ['UserID=7', { ...id, op: 'equals', value: 7 }],
    ['userId=7', { ...id, op: 'equals', value: 7 }],
    ['id=-7', { ...id, op: 'equals', value: -7 }],
    ['id=~7', { ...id, op: 'contains', value: '7' }],
    ['id={1 "2"}', { ...id, op: 'in', values: [1, 2] }],
    ['id={}', { ...id, op: 'in', values: [] }],
    ['id__gt=7', { ...id, op: 'above', value: 7 }],
    ['score=[7.5~]', { column: 'score', type: 'decimal', op: 'range', min: 7.5 }],
    ['creation_time=2021-02-03T12:00:00', { ...created, op: 'equals', value: noon }],
    ['creation_time=2021-02-03 12:00:00.000999Z', { ...created, op: 'equals', value: noon }],
    ['CreationTime=[2021-02-03T12:00:00~]', { ...created, op: 'range', min: noon }],
    [
      'creation_time=[2021-02-03T12:00:00~2021-02-04]',
      { ...created, op: 'range', min: noon, max: new Date('2021-02-04T00:00:00Z') },
    ],
    ['public=true', { ...shown, op: 'equals', value: true }],
    ['public=0', { ...shown, op: 'equals', value: false }],
    ['public={TRUE f}', { ...shown, op: 'in', values: [true, false] }],
  ])('of %s is typed', (q, predicate) => {
    expect(filter(q)).toEqual([predicate]);
  });

  it.each(['nobody=1', 'app_user.id=1', 'comment=a', 'username=(a b)', 'constructor=a', 'u__id=1'])(
    'of %s asks nothing',
    (q) => {
      expect(filter(q)).toEqual([]);
    },
  );

  it.each([
    ['user_id=a', 'user_id in q must be a whole number'],
    ['UserID={1 a}', 'user_id in q must be a whole number'],
    ['id=9007199254740993', 'whole number'],
    ['id=1e3', 'whole number'],
    ['id=[1~x]', 'whole number'],
    ['score=NaN', 'must be a number'],
    ['score=1e400', 'must be a number'],
    ['creation_time=yesterday', 'must be a time'],
    ['creation_time=2021-02-30T00:00:00', 'must be a time'],
    ['creation_time=2021-02-03T24:00:00', 'must be a time'],
    ['creation_time=0000-01-01T00:00:00', 'must be a time'],
    ['creation_time__gte=1', 'must be a time'],
    ['public=maybe', 'must be true or false'],
    ['public=~t', 'must be true or false'],
    ['public=[0~1]', 'has no order'],
    ['public__gt=0', 'has no order'],
  ])('refuses %s', (q, sentence) => {
    expect(() => filter(q)).toThrow(AppError);
    expect(() => filter(q)).toThrow(sentence);
  });

  it('never speaks of a column outside of the list', () => {
    const columns = new Set([...fields.values()].map((field) => field.column));
    const key = fc.oneof(
      fc.constantFrom(...fields.keys(), 'UserID', 'is_public', 'created_at', '__proto__', 'salt'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
    );
    const suffix = fc.constantFrom('', '', '__in', '__gte', '__icontains', '__exact__id', '.id');
    const value = fc.oneof(fc.constantFrom('1', '~1', '{1}', '[1~2]', 'true', '2021-01-01'), key);
    const part = fc
      .tuple(key, suffix, value)
      .map(([key, suffix, value]) => `${key}${suffix}=${value}`);
    fc.assert(
      fc.property(fc.array(part, { maxLength: 4 }), (parts) => {
        const predicates = attempt(() => filter(parts.join(',')));
        for (const { column } of predicates) {
          expect(columns).toContain(column);
          expect(column).not.toBe('comment');
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe('a condition with a meaning of its own', () => {
  it('is found under any of its names', () => {
    const conditions = parseQ('Labels=(1 2),tags=nil');
    expect(findCondition(conditions, 'labels')).toMatchObject({ op: 'all', values: ['1', '2'] });
    expect(findCondition(conditions, 'base')).toBeUndefined();
  });
});

describe('an allow list', () => {
  it('refuses columns that are none, keys in another case and keys twice', () => {
    expect(() => defineFields({ a: text('a; DROP TABLE b') })).toThrow('no column');
    expect(() => defineFields({ userId: integer() })).toThrow('no key in snake_case');
    expect(() => defineFields({ a: text(), b: text('b', { aliases: ['a'] }) })).toThrow('twice');
  });
});

/** The predicates, or none for a refusal; anything else is thrown on. */
function attempt(compile: () => Predicate[]): Predicate[] {
  try {
    return compile();
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
}
