import type { z } from 'zod';
import {
  compileFilter,
  defineFields,
  flag,
  integer,
  parseQ,
  parseSort,
  text,
  time,
} from '../api/index.ts';
import type { Predicate } from '../db/index.ts';
import type { AccountFilter } from './account.repository.ts';
import type { userListQuery } from './users.schema.ts';

/** What `q` and `sort` may name: nothing that is not shown (CVE-2025-30086). */
const fields = defineFields({
  user_id: integer('app_user.id', { aliases: ['id'] }),
  username: text('app_user.username'),
  email: text('app_user.email'),
  realname: text('app_user.realname'),
  comment: text('app_user.comment'),
  sysadmin_flag: flag('app_user.is_admin', { aliases: ['sys_admin_flag'] }),
  creation_time: time('app_user.created_at'),
  update_time: time('app_user.updated_at'),
});

const STANDARD_ORDER = 'username';

/** @throws AppError invalid */
export function parseUserQuery(query: z.output<typeof userListQuery>): AccountFilter {
  const { username = '', email = '' } = query;
  const predicates = compileFilter(fields, parseQ(query.q));
  if (username !== '') predicates.push(contains('app_user.username', username));
  if (email !== '') predicates.push(contains('app_user.email', email));
  return { predicates, sorts: parseSort(fields, query.sort, STANDARD_ORDER) };
}

/** Users whose name contains `part`, in any case. */
export function usernameFilter(part: string): AccountFilter {
  return {
    predicates: [contains('app_user.username', part)],
    sorts: parseSort(fields, undefined, STANDARD_ORDER),
  };
}

function contains(column: string, value: string): Predicate {
  return { column, type: 'text', op: 'contains', value };
}
