export type { Answer, Body, Query } from './answer.ts';
export {
  createRestClient,
  done,
  type Listed,
  many,
  one,
  type RestClient,
  text,
} from './rest-client.ts';
export { parseProblem, RestError } from './rest-error.ts';
export type { operations, paths } from './schema.gen.ts';
