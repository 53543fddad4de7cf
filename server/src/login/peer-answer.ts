import type { z } from 'zod';

/** A JSON answer of another server, or undefined when it is not as expected. */
export function parseAnswer<S extends z.ZodType>(schema: S, body: Buffer): z.output<S> | undefined {
  try {
    return schema.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
