import type { operations } from './schema.gen.ts';

type Json<T> = T extends { content: { 'application/json': infer J } } ? J : never;
type Values<T> = T[keyof T];

/** What an operation answers when it succeeds: `Answer<'getProject'>`. */
export type Answer<O extends keyof operations> = operations[O] extends { responses: infer R }
  ? Json<Values<R>>
  : never;

/** What an operation takes as its body. */
export type Body<O extends keyof operations> = operations[O] extends { requestBody?: infer B }
  ? Json<NonNullable<B>>
  : never;

/** What an operation takes in its query. */
export type Query<O extends keyof operations> = operations[O] extends {
  parameters: { query?: infer Q };
}
  ? NonNullable<Q>
  : never;
