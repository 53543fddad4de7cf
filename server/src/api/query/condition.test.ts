import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../lib/index.ts';
import { type Condition, parseQ } from './condition.ts';

describe('q', () => {
  it('without text has no conditions', () => {
    expect(parseQ(undefined)).toEqual([]);
    expect(parseQ('')).toEqual([]);
  });

  it.each<[string, Condition]>([
    ['name=a', { field: 'name', op: 'equals', value: 'a' }],
    ['name=a=b', { field: 'name', op: 'equals', value: 'a=b' }],
    ['name=\\~a', { field: 'name', op: 'equals', value: '~a' }],
    ['name=\\\\a', { field: 'name', op: 'equals', value: '\\a' }],
    ['name=~a%_', { field: 'name', op: 'contains', value: 'a%_' }],
    ['name=~\\a', { field: 'name', op: 'contains', value: '\\a' }],
    ['id=[1~2]', { field: 'id', op: 'range', min: '1', max: '2' }],
    ['id=[ 1 ~ ]', { field: 'id', op: 'range', min: '1' }],
    ['id=[~"b"]', { field: 'id', op: 'range', max: 'b' }],
    ['id={1  2}', { field: 'id', op: 'in', values: ['1', '2'] }],
    ['id={}', { field: 'id', op: 'in', values: [] }],
    [`id={"1" '2' "a b" c"d "}`, { field: 'id', op: 'in', values: ['1', '2', 'a b', 'c"d'] }],
    [`id={"a"b 'c'd}`, { field: 'id', op: 'in', values: ['a"b', "c'd"] }],
    ['labels=(1 2)', { field: 'labels', op: 'all', values: ['1', '2'] }],
    ['tags%3Dnil', { field: 'tags', op: 'equals', value: 'nil' }],
    ['name=a+b%20c', { field: 'name', op: 'equals', value: 'a b c' }],
    ['name=100%+a', { field: 'name', op: 'equals', value: '100%+a' }],
    ['name__exact=a', { field: 'name', op: 'equals', value: 'a' }],
    ['name__icontains=a', { field: 'name', op: 'contains', value: 'a' }],
    ['id__in=1', { field: 'id', op: 'in', values: ['1'] }],
    ['id__in={1 2}', { field: 'id', op: 'in', values: ['1', '2'] }],
    ['id__gte=1', { field: 'id', op: 'range', min: '1' }],
    ['id__lte=1', { field: 'id', op: 'range', max: '1' }],
    ['id__gt=1', { field: 'id', op: 'above', value: '1' }],
    ['id__lt=1', { field: 'id', op: 'below', value: '1' }],
  ])('reads %s', (text, condition) => {
    expect(parseQ(text)).toEqual([condition]);
  });

  it('has one condition a key, the last one', () => {
    expect(parseQ('a=1,b=2,a=3')).toEqual([
      { field: 'a', op: 'equals', value: '3' },
      { field: 'b', op: 'equals', value: '2' },
    ]);
  });

  it.each(['name__startswith=a', 'a__b__exact=c', 'id__gte=[1~2]', 'id__in=~1', 'a__=b'])(
    'leaves %s out',
    (text) => {
      expect(parseQ(text)).toEqual([]);
    },
  );

  it.each([
    ['name', 'key=value'],
    ['=a', 'key=value'],
    ['name=', 'key=value'],
    ['name=a,', 'key=value'],
    [',', 'key=value'],
    ['name=~', 'needs text'],
    ['id=[1]', 'must be like'],
    ['id=[1~2', 'must be like'],
    ['id=[1~2~3]', 'must be like'],
    ['id=[', 'must be like'],
    ['id=[~]', 'at least one end'],
    ['id=[ ~ ]', 'at least one end'],
    ['id={1 2', 'closing "}"'],
    ['id={', 'closing "}"'],
    ['id=(1 2}', 'closing ")"'],
    ['name=a%00', 'NUL'],
    ['password=~a', 'may not use "password"'],
    ['Password__icontains=a', 'may not use "password"'],
    ['user__password=~a', 'may not use "password"'],
    ['OwnerID__reset_uuid__exact=a', 'may not use "reset_uuid"'],
  ])('refuses %j', (text, sentence) => {
    expect(() => parseQ(text)).toThrow(AppError);
    expect(() => parseQ(text)).toThrow(sentence);
  });

  it('is bounded in length, conditions and list elements', () => {
    const conditions = (count: number) => Array.from({ length: count }, (_, n) => `k${n}=v`).join();
    const list = (count: number) => `id={${Array.from({ length: count }, (_, n) => n).join(' ')}}`;
    expect(parseQ(`k=${'v'.repeat(4094)}`)).toHaveLength(1);
    expect(() => parseQ(`k=${'v'.repeat(4095)}`)).toThrow('4096 characters');
    expect(parseQ(conditions(32))).toHaveLength(32);
    expect(() => parseQ(conditions(33))).toThrow('32 conditions');
    expect(parseQ(list(100))).toHaveLength(1);
    expect(() => parseQ(list(101))).toThrow('100 values');
  });

  it('fails with nothing but a refusal, whatever it is given', () => {
    const piece = fc.oneof(
      fc.constantFrom('=', ',', '~', '[', ']', '{', '}', '(', ')', '\\', '"', "'", '__', '%', '+'),
      fc.constantFrom('id', 'name', 'password', 'gte', '%2C', '%00', '%ff', ' ', '2021-01-01'),
      fc.string({ unit: 'binary', maxLength: 4 }),
    );
    const text = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(text, (text) => {
        expect(outcomeOf(text)).toBe('fine');
      }),
      { numRuns: 3000 },
    );
  });
});

function outcomeOf(text: string): string {
  try {
    parseQ(text);
    return 'fine';
  } catch (error) {
    return error instanceof AppError && error.kind === 'invalid' ? 'fine' : String(error);
  }
}
