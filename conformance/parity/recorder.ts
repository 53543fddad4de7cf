import { expect } from 'vitest';
import type { Answer } from '../registry.ts';
import { basic, readAnswer } from '../registry.ts';
import type { Operation } from './operation.ts';

export interface CallOptions {
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request below `/api/v2.0`. */
export type Caller = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

/** What the operations have answered so far, to see at the end what nobody has tried. */
export interface Recorder {
  /** Calls at a registry as somebody, or as nobody. */
  caller(url: string, login?: { readonly username: string; readonly password: string }): Caller;
  /** The statuses that an operation has answered. */
  seen(operationId: string): ReadonlySet<number>;
}

export function createRecorder(operations: readonly Operation[]): Recorder {
  const statuses = new Map<string, Set<number>>();
  const routes = operations.map((operation) => ({ operation, pattern: patternOf(operation[1]) }));

  function record(method: string, path: string, status: number): Operation | undefined {
    const matching = routes
      .filter(({ operation, pattern }) => operation[0] === method && pattern.test(path))
      .toSorted((one, other) => parametersOf(one.operation) - parametersOf(other.operation));
    const operation = matching[0]?.operation;
    if (operation === undefined) return undefined;
    const known = statuses.get(operation[2]) ?? new Set();
    statuses.set(operation[2], known.add(status));
    return operation;
  }

  return {
    seen: (operationId) => statuses.get(operationId) ?? new Set(),
    caller: (url, login) => async (method, path, options) => {
      const { body, query = {}, headers = {} } = options ?? {};
      const target = new URL(`${url}/api/v2.0${path}`);
      for (const [name, value] of Object.entries(query)) {
        target.searchParams.append(name, String(value));
      }
      const answer = await readAnswer(
        await fetch(target, {
          method,
          redirect: 'manual',
          headers: {
            ...(login !== undefined && { authorization: basic(login.username, login.password) }),
            ...(body !== undefined && { 'content-type': 'application/json' }),
            ...headers,
          },
          ...(body !== undefined && { body: textOf(body) }),
        }),
      );
      const operation = record(method, path.split('?', 1)[0] ?? '', answer.status);
      expectConventions(method, answer, operation);
      return answer;
    },
  };
}

/** Harbor's conventions for all endpoints (harbor.md §0.1). */
function expectConventions(method: string, answer: Answer, operation: Operation | undefined): void {
  expect(answer.headers.get('x-request-id')).toMatch(/./);
  if (answer.status >= 400 && method !== 'HEAD') {
    expect(answer.headers.get('content-type')).toBe('application/json; charset=utf-8');
    // The one refusal with a body of its own: who could not be imported.
    if (operation?.[2] === 'importLdapUser' && answer.status === 404) return;
    expect(answer.json).toEqual({
      errors: [{ code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String) }],
    });
    return;
  }
  if (operation === undefined || answer.status >= 400) return;
  const [, , id, successes] = operation;
  expect({ id, isDocumented: successes.includes(answer.status) }).toEqual({
    id,
    isDocumented: true,
  });
  if (answer.status === 201) {
    expect(answer.headers.get('location')).toMatch(/^\/api\/v2\.0\/.+\/[^/]+$/);
  }
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body);
}

/** Where a parameter stands, anything but a slash may. */
function patternOf(path: string): RegExp {
  const text = path.replaceAll('.', String.raw`\.`).replaceAll(/\{\w+\}/g, '[^/]+');
  return new RegExp(`^${text}$`);
}

function parametersOf([, path]: Operation): number {
  return path.split('{').length;
}
