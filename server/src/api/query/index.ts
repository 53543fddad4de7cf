export { type Condition, parseQ } from './condition.ts';
export {
  decimal,
  defineFields,
  type Field,
  type Fields,
  flag,
  integer,
  text,
  time,
} from './fields.ts';
export { compileFilter, findCondition } from './filter.ts';
export { type ListPage, linkHeader } from './link-header.ts';
export { parseScalar } from './scalar.ts';
export { parseSort } from './sort.ts';
