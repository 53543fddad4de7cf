import http from 'node:http';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { ADMIN_PASSWORD, basicHeader } from '../../server/test/registry.ts';
import { DEFAULT_TENANT, SUFFIX, type TkeWorld, USER_PASSWORD } from './world.ts';

const watchEvent = z.looseObject({
  type: z.string(),
  object: z.looseObject({
    kind: z.string(),
    metadata: z.looseObject({
      name: z.string().optional(),
      resourceVersion: z.string().optional(),
    }),
    spec: z
      .looseObject({ name: z.string().optional(), tenantID: z.string().optional() })
      .optional(),
    code: z.number().optional(),
    reason: z.string().optional(),
  }),
});

export type WatchEvent = z.infer<typeof watchEvent>;

export interface Watch extends AsyncDisposable {
  /** The next event; undefined at the end. */
  next(): Promise<WatchEvent | undefined>;
}

/** Watches as the administrator unless told; `query` without `watch`. */
export async function openWatch(
  world: TkeWorld,
  path: string,
  { as = 'admin', tenant = DEFAULT_TENANT }: { as?: string; tenant?: string } = {},
): Promise<Watch> {
  const separator = path.includes('?') ? '&' : '?';
  const url = new URL(
    `/apis/registry.tkestack.io/v1${path}${separator}watch=true&timeoutSeconds=60`,
    world.url,
  );
  const password = as === 'admin' ? ADMIN_PASSWORD : USER_PASSWORD;
  const request = http.get(url, {
    agent: false,
    headers: { host: `${tenant}.${SUFFIX}`, authorization: basicHeader(as, password) },
  });
  const answered = Promise.withResolvers<http.IncomingMessage>();
  request.once('response', answered.resolve).once('error', answered.reject);
  const response = await answered.promise;
  if (response.statusCode !== 200) throw new Error(`the watch was refused: ${response.statusCode}`);
  const lines = createInterface({ input: response })[Symbol.asyncIterator]();
  return {
    async next() {
      const { value, done } = await lines.next();
      return done === true ? undefined : watchEvent.parse(JSON.parse(value));
    },
    [Symbol.asyncDispose]() {
      response.on('error', () => undefined);
      request.destroy();
      return Promise.resolve();
    },
  };
}
