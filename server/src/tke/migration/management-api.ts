import { z } from 'zod';
import { AppError } from '../../lib/index.ts';
import { API_VERSION } from '../resources/types.ts';
import { type HttpApi, parseJson, refusalOf } from './http-api.ts';

/** What this reads of an object; everything else is left alone. */
const objectSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({ name: z.string(), tenantID: z.string().default('') }),
  status: z
    .looseObject({ phase: z.string().optional(), message: z.string().optional() })
    .optional(),
});
const listSchema = z.object({
  metadata: z.object({ continue: z.string().optional() }).nullish(),
  items: z.array(objectSchema).nullable(),
});

export type ManagedObject = z.infer<typeof objectSchema>;

const BASE = `/apis/${API_VERSION}`;
const PAGE = 250;

/** Objects of `registry.tkestack.io/v1` as a client of that API has them. */
export class ManagementApi {
  readonly #api: HttpApi;

  constructor(api: HttpApi) {
    this.#api = api;
  }

  /** @param path below the group, such as `namespaces/rns-1/repositories` */
  async *each(
    path: string,
    signal: AbortSignal,
    fieldSelector?: string,
  ): AsyncGenerator<ManagedObject, void, void> {
    let more: string | undefined;
    do {
      const query = new URLSearchParams({
        limit: String(PAGE),
        ...(fieldSelector !== undefined && { fieldSelector }),
        ...(more !== undefined && { continue: more }),
      });
      const list = await this.#api.getJson(
        `${BASE}/${path}?${query.toString()}`,
        listSchema,
        signal,
      );
      yield* list.items ?? [];
      more = list.metadata?.continue;
    } while (more !== undefined && more !== '');
  }

  /** The object of a tenant with this name in its specification. */
  async find(
    resource: string,
    { tenant, name }: { readonly tenant: string; readonly name: string },
    signal: AbortSignal,
  ): Promise<ManagedObject | undefined> {
    const selector = `spec.tenantID=${tenant},spec.name=${name}`;
    for await (const object of this.each(resource, signal, selector)) {
      // Not all servers narrow by fields.
      if (object.spec.tenantID === tenant && object.spec.name === name) return object;
    }
    return undefined;
  }

  /** @throws AppError with the server's sentence; conflict when there is one of this name */
  async create(
    resource: string,
    object: { readonly kind: string; readonly spec: object },
    signal: AbortSignal,
  ): Promise<ManagedObject> {
    const path = `${BASE}/${resource}`;
    const body = JSON.stringify({ apiVersion: API_VERSION, metadata: {}, ...object });
    const answer = await this.#api.send(
      { path, method: 'POST', body, contentType: 'application/json' },
      signal,
    );
    if (answer.status === 200 || answer.status === 201) {
      return parseJson(path, answer.bytes, objectSchema);
    }
    if (answer.status === 422 && /Duplicate value/.test(answer.bytes.toString('utf8'))) {
      throw new AppError('conflict', 'there is one of this name');
    }
    throw refusalOf('POST', path, answer);
  }

  async get(resource: string, name: string, signal: AbortSignal): Promise<ManagedObject> {
    return this.#api.getJson(`${BASE}/${resource}/${name}`, objectSchema, signal);
  }
}
