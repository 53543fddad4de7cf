/**
 * Harbor's REST operations (v2.16: 203 of them): method, path below `/api/v2.0`, operationId, the
 * statuses of success and of refusal that its documents name, and, for those that are not built
 * yet, what will build them.
 */
export type Operation = readonly [
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  operationId: string,
  successes: readonly number[],
  refusals: readonly number[],
  later?: string,
];
