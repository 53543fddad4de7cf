import { z } from 'zod';
import {
  type ApiRoute,
  type Call,
  type CallerRequest,
  decided,
  defineRoute,
  raw,
} from '../api/index.ts';
import type { LiveService } from './live.service.ts';
import { parseTopic, type Topic } from './topic.ts';

const topics = z
  .string()
  .transform((text, context) => {
    const parsed = new Map<string, Topic>();
    for (const part of text.split(',')) {
      const topic = parseTopic(part);
      if (topic === undefined) {
        context.addIssue({ code: 'custom', message: 'there is no such topic' });
        return z.NEVER;
      }
      parsed.set(part, topic);
    }
    return parsed;
  })
  .describe(
    'Separated by commas, 1 to 20 of: projects, project:<id>, repository:<project/path>, jobs, gc, purge-audit, retention:<policy id>, webhook:<policy id>, execution:<id>',
  );

export interface LiveRoutesPorts {
  readonly live: LiveService;
  /** Who calls, by the credentials of an earlier request. */
  authenticate(request: CallerRequest): Promise<Pick<Call, 'principal'>>;
  addressGroup(address: string): string;
}

/** Server-sent events. */
export function liveRoutes({ live, authenticate, addressGroup }: LiveRoutesPorts): ApiRoute[] {
  return [
    defineRoute({
      method: 'GET',
      path: '/live',
      operationId: 'streamChanges',
      tag: 'live',
      summary: 'Hear at once when something changes, by server-sent events that name topics only',
      can: decided('for each topic: to read what it is about'),
      renewsSession: false,
      query: z.object({ topics }),
      produces: 'text/event-stream',
      responses: { 200: z.string() },
      async handle(call) {
        const { principal, query } = call;
        const request = credentialsOf(call);
        const stream = await live.subscribe({
          principal,
          addressGroup: addressGroup(call.address),
          topics: query.topics,
          identify: async () => (await authenticate(request)).principal,
        });
        return {
          ...raw('text/event-stream', stream),
          headers: { 'x-accel-buffering': 'no' },
        };
      },
    }),
  ];
}

/** As little of the call as tells who it is from. */
function credentialsOf({ headers, path, address }: Call): CallerRequest {
  const { authorization, cookie } = headers;
  return {
    path,
    address,
    method: 'GET',
    headers: { ...(authorization && { authorization }), ...(cookie && { cookie }) },
    isLogin: false,
    renewsSession: false,
  };
}
