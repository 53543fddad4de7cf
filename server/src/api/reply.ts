import type { Readable } from 'node:stream';

/** What a handler answers. */
export interface ApiReply {
  readonly status: number;
  /** JSON unless `type` says otherwise; undefined is an empty body. */
  readonly body?: unknown;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Of a list: from it `X-Total-Count` and `Link` are made. */
  readonly total?: number;
}

/** 200; with nothing, an empty body as Harbor's updates and deletes have. */
export function ok(body?: unknown): ApiReply {
  return { status: 200, body };
}

/** 201 with `Location`. */
export function created(location: string, body?: unknown): ApiReply {
  return { status: 201, body, headers: { location } };
}

/** 202: the work goes on after the answer. */
export function accepted(location?: string): ApiReply {
  return { status: 202, ...(location !== undefined && { headers: { location } }) };
}

/** 200 with one page of a list of `total` items. */
export function listed(items: readonly unknown[], total: number): ApiReply {
  return { status: 200, body: items, total };
}

/** 302. `location` must not come from the caller unchecked. */
export function redirect(location: string): ApiReply {
  return { status: 302, headers: { location } };
}

/** 200 with bytes or text of another type than JSON. */
export function raw(type: string, body: string | Buffer | Readable): ApiReply {
  return { status: 200, type, body };
}
