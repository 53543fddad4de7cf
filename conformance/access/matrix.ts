import { expect } from 'vitest';
import type { Letter } from './caller.ts';
import type { Fixture } from './fixture.ts';
import { type Route, send, type Target } from './rest-requests.ts';
import { shapeOf, type Walk, type WalkRules, walk } from './walk.ts';

export type Supply = () => Promise<Target['objects']> | Target['objects'];

export interface Matrix {
  routeOf(operationId: string): Route;
  /** A row of the table against one target; objects that a request may use up are made again. */
  walkRow(operationId: string, target: Target, supply: Supply, rules?: WalkRules): Promise<Walk>;
  /** Refusals must not tell what is there from what is not. */
  expectAlike(
    there: Walk,
    absent: Walk,
    refused: (letter: Letter) => boolean,
    names?: readonly string[],
  ): void;
}

/** They find their object in another state when they did their work before. */
const spending = new Set(['addLabel', 'addChartLabel', 'restoreArtifact', 'createRetention']);

export function createMatrix(fixture: Fixture, routes: readonly Route[]): Matrix {
  const { callers } = fixture;

  function routeOf(operationId: string): Route {
    const route = routes.find((each) => each.operationId === operationId);
    if (route === undefined) throw new Error(`no route ${operationId}`);
    return route;
  }

  return {
    routeOf,
    walkRow(operationId, target, supply, rules = {}) {
      const route = routeOf(operationId);
      const isSpending = route.method === 'DELETE' || spending.has(operationId);
      let objects: Target['objects'] | undefined;
      return walk(
        callers,
        async (caller) => {
          if (objects === undefined || isSpending) objects = await supply();
          return send(fixture, route, caller, { ...target, objects });
        },
        rules,
      );
    },
    expectAlike(there, absent, refused, names = []) {
      for (const { letter } of callers.filter((each) => refused(each.letter))) {
        const shapes = [there, absent].map(({ answers }) => shapeOf(answers.get(letter), names));
        expect([letter, shapes[0]]).toEqual([letter, shapes[1]]);
      }
    },
  };
}
