import type { z } from 'zod';
import {
  type Condition,
  compileFilter,
  defineFields,
  findCondition,
  flag,
  integer,
  type listQuery,
  parseQ,
  parseSort,
  text,
  time,
} from '../api/index.ts';
import { AppError } from '../lib/index.ts';
import type { RobotFilter } from './robot.repository.ts';

const fields = defineFields({
  id: integer('robot.id'),
  name: text('robot.name'),
  description: text('robot.description'),
  duration: integer('robot.duration'),
  disabled: flag('robot.is_disabled', { aliases: ['disable'] }),
  creation_time: time('robot.created_at'),
  update_time: time('robot.updated_at'),
  last_used_time: time('robot.last_used_at'),
});

const STANDARD_ORDER = 'name,id';

/**
 * The robots that `q` asks for: the system's, or with `Level=project,ProjectID=<id>` those of a
 * project.
 *
 * @throws AppError invalid
 */
export function parseRobotQuery(query: z.output<typeof listQuery>): RobotFilter {
  const conditions = parseQ(query.q);
  return { projectId: projectIdOf(conditions), ...parseDetails(query, conditions) };
}

/** The same within a project that the path names. */
export function parseProjectRobotQuery(
  query: z.output<typeof listQuery>,
  projectId: number,
): RobotFilter {
  return { projectId, ...parseDetails(query, parseQ(query.q)) };
}

function parseDetails(query: z.output<typeof listQuery>, conditions: readonly Condition[]) {
  return {
    predicates: compileFilter(fields, conditions.map(withShortName)),
    sorts: parseSort(fields, query.sort, STANDARD_ORDER),
  };
}

/** Harbor keeps `<project>+<name>` and clients ask for that; the project is asked for anyway. */
function withShortName(condition: Condition): Condition {
  if (condition.field !== 'name' || (condition.op !== 'equals' && condition.op !== 'contains')) {
    return condition;
  }
  return { ...condition, value: condition.value.slice(condition.value.lastIndexOf('+') + 1) };
}

function projectIdOf(conditions: readonly Condition[]): number | undefined {
  const level = findCondition(conditions, 'level');
  if (level === undefined) return undefined;
  const word = level.op === 'equals' ? level.value : '';
  if (word === 'system') return undefined;
  if (word !== 'project') throw new AppError('invalid', 'bad request error level input');
  const id = findCondition(conditions, 'project_id');
  if (id === undefined) {
    throw new AppError('invalid', 'must with project ID when to query project robots');
  }
  if (id.op !== 'equals' || !/^\d{1,15}$/.test(id.value)) {
    throw new AppError('invalid', 'Project ID must be int type.');
  }
  return Number(id.value);
}
