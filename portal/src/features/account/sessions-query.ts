import { queryOptions } from '@tanstack/react-query';
import { type Answer, api, many } from '../../lib/api.ts';

export type BrowserSession = Answer<'listCurrentUserSessions'>[number];

export const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: ({ signal }) => many(api.GET('/api/v2.0/users/current/sessions', { signal })),
});
