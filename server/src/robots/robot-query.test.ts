import { describe, expect, it } from 'vitest';
import { parseRobotQuery } from './robot-query.ts';

const page = { page: 1, page_size: 10 };

describe('the list of robots', () => {
  it.each([undefined, 'Level=system', 'level=system', 'name=~ci', 'ProjectID=7'])(
    'is that of the system for q=%s',
    (q) => {
      expect(parseRobotQuery({ ...page, q }).projectId).toBeUndefined();
    },
  );

  it.each(['Level=project,ProjectID=7', 'level=project,project_id=7', 'ProjectID=7,Level=project'])(
    'is that of a project for q=%s',
    (q) => {
      expect(parseRobotQuery({ ...page, q })).toMatchObject({ projectId: 7, predicates: [] });
    },
  );

  it.each([
    'Level=project,ProjectID=7,name=library%2Bci',
    'Level%3Dproject%2CProjectID%3D7%2Cname=library%2Bci',
    'Level=project,ProjectID=7,name=ci',
  ])('takes the name with and without its project, for q=%s', (q) => {
    const { predicates } = parseRobotQuery({ ...page, q });
    expect(predicates).toEqual(parseRobotQuery({ ...page, q: 'name=ci' }).predicates);
    expect(predicates).toHaveLength(1);
  });

  it.each([
    'Level=project',
    'Level=project,ProjectID=x',
    'Level=project,ProjectID=-1',
    'Level=project,ProjectID={1 2}',
    'Level=other',
    'Level=~sys',
    'secret=~a',
  ])('is refused for q=%s', (q) => {
    expect(() => parseRobotQuery({ ...page, q })).toThrow(
      expect.objectContaining({ kind: 'invalid' }),
    );
  });
});
