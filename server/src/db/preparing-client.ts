import { createHash } from 'node:crypto';
import { Client } from 'pg';

/** Programs have a few hundred statements; a bound, in case one builds them from data. */
const MAX_STATEMENTS = 500;

const names = new Map<string, string>();

/** A name for a statement, the same in every connection; undefined when there are too many. */
export function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= MAX_STATEMENTS) return known;
  const name = `berth_${createHash('sha256').update(text).digest('hex').slice(0, 24)}`;
  names.set(text, name);
  return name;
}

/**
 * A connection that prepares every statement with parameters once, so that PostgreSQL parses and
 * plans it once a connection and not once a call. For connections of our own only: a pooler
 * between us and the server may give the next call another session.
 */
export class PreparingClient extends Client {
  constructor(...config: ConstructorParameters<typeof Client>) {
    super(...config);
    const send = this.query.bind(this);
    const prepare = (first: unknown, values: unknown, ...rest: unknown[]): unknown => {
      const name = isPreparable(first, values) ? statementName(first) : undefined;
      const query =
        name === undefined ? [first, values, ...rest] : [{ name, text: first, values }, ...rest];
      return Reflect.apply(send, this, query);
    };
    Object.defineProperty(this, 'query', { value: prepare });
  }
}

function isPreparable(first: unknown, values: unknown): first is string {
  return typeof first === 'string' && Array.isArray(values) && values.length > 0;
}
