import { type Answer, readAnswer } from '../registry.ts';

export interface ApiCall {
  readonly authorization?: string | undefined;
  readonly body?: unknown;
  readonly form?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request without any token flow; paths of the REST API may leave out `/api/v2.0`. */
export type Api = (method: string, path: string, options?: ApiCall) => Promise<Answer>;

export function createApi(url: string): Api {
  return async (method, path, { authorization, body, form = false, headers = {} } = {}) => {
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
    return readAnswer(
      await fetch(new URL(absolute(path), url), {
        method,
        redirect: 'manual',
        headers: {
          ...(authorization !== undefined && { authorization }),
          ...(body !== undefined && { 'content-type': type }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
    );
  };
}

function absolute(path: string): string {
  const isWhole = /^\/(?:api|c|v2|service|devcenter-api-2\.0|chartrepo\/.+\.(?:yaml|tgz))(?:\/|$)/;
  return isWhole.test(path) ? path : `/api/v2.0${path}`;
}

/** The same, but throws unless the status is `status`. */
export async function expectStatus(status: number, answer: Promise<Answer>): Promise<Answer> {
  const given = await answer;
  if (given.status !== status) throw new Error(`${given.status} and not ${status}: ${given.text}`);
  return given;
}

/** The id at the end of an answer's Location. */
export function createdId({ headers }: Answer): number {
  return Number(headers.get('location')?.split('/').at(-1));
}

/** One member of a JSON object; undefined when it is none. */
export function memberOf(json: unknown, name: string): unknown {
  return typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined;
}

/** The items of a JSON list. */
export function itemsOf({ json }: Answer): unknown[] {
  return Array.isArray(json) ? json : [];
}
