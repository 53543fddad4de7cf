import type { Predicate } from '../../db/index.ts';
import { AppError } from '../../lib/index.ts';
import type { Condition } from './condition.ts';
import { type Field, type Fields, findField } from './fields.ts';
import { toSnakeCase } from './key.ts';
import { parseScalar } from './scalar.ts';

/**
 * What the conditions ask of the columns in the allow list. Keys that are not in it, or not
 * filterable, are left out, and so are lists in parentheses, as Harbor does.
 *
 * @throws AppError invalid: a value that the field cannot have
 */
export function compileFilter(fields: Fields, conditions: readonly Condition[]): Predicate[] {
  return conditions.flatMap((condition) => {
    const field = findField(fields, condition.field);
    if (field === undefined || !field.filterable) return [];
    return compile(field, condition) ?? [];
  });
}

/** The condition on a key with a meaning of its own, such as `labels`, under any of its names. */
export function findCondition(
  conditions: readonly Condition[],
  key: string,
): Condition | undefined {
  return conditions.findLast((condition) => toSnakeCase(condition.field) === key);
}

function compile({ column, type, key }: Field, condition: Condition): Predicate | undefined {
  const parse = (text: string) => parseScalar(type, text, key);
  switch (condition.op) {
    case 'equals':
      return { column, type, op: 'equals', value: parse(condition.value) };
    case 'contains':
      if (type === 'flag') throw new AppError('invalid', `${key} in q must be true or false`);
      return { column, type, op: 'contains', value: condition.value };
    case 'in':
      return { column, type, op: 'in', values: condition.values.map(parse) };
    case 'all':
      return undefined;
    case 'above':
    case 'below':
    case 'range':
      if (type === 'flag') throw new AppError('invalid', `${key} in q has no order`);
      if (condition.op !== 'range') {
        return { column, type, op: condition.op, value: parse(condition.value) };
      }
      return {
        column,
        type,
        op: 'range',
        ...(condition.min !== undefined && { min: parse(condition.min) }),
        ...(condition.max !== undefined && { max: parse(condition.max) }),
      };
  }
}
