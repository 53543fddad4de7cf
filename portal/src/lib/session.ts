import { queryOptions, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Answer, api, done, one, RestError } from './api.ts';
import { noteSignedIn } from './session-fetch.ts';

export type CurrentUser = Answer<'getCurrentUserInfo'>;
export type SystemInfo = Answer<'getSystemInfo'>;

/** Who reads, and what the registry says of itself to them. */
export interface Session {
  readonly info: SystemInfo;
  /** null for a visitor. */
  readonly user: CurrentUser | null;
}

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  async queryFn({ signal }): Promise<Session> {
    const info = await one(api.GET('/api/v2.0/systeminfo', { signal }));
    // Only those who are signed in are told the version: nobody else needs to ask who they are.
    const isSignedIn = info.harbor_version !== undefined;
    const user = isSignedIn ? await one(api.GET('/api/v2.0/users/current', { signal })) : null;
    noteSignedIn(isSignedIn);
    return { info, user };
  },
  staleTime: 60_000,
});

/** What the registry says of itself; empty until it has been asked, which the shell waits for. */
export function useSystemInfo(): Partial<SystemInfo> {
  return useQuery(sessionQuery).data?.info ?? {};
}

export function useCurrentUser(): CurrentUser | null {
  return useQuery(sessionQuery).data?.user ?? null;
}

export function useIsAdmin(): boolean {
  const user = useCurrentUser();
  return user !== null && (user.sysadmin_flag || user.admin_role_in_auth);
}

/** Whether the registry has something at all, such as `charts` or `tke`. */
export function useFeature(name: string): boolean {
  const features: readonly string[] = useSystemInfo().berth_features ?? [];
  return features.includes(name);
}

/**
 * Begins a session. @throws RestError 401 for wrong credentials; 403 with `redirectLocation` where
 * the OIDC provider is the way; 429 after too many failures
 */
export async function signIn(principal: string, password: string): Promise<void> {
  noteSignedIn(false);
  await done(
    api.POST('/c/login', {
      body: { principal, password },
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    }),
  );
}

/** @returns where to go on, when the OIDC provider has a session to end, too */
export async function signOut(): Promise<string | undefined> {
  try {
    await done(api.GET('/c/log_out'));
    return undefined;
  } catch (error) {
    if (error instanceof RestError && error.redirectLocation !== undefined) {
      return error.redirectLocation;
    }
    throw error;
  } finally {
    noteSignedIn(false);
  }
}

/** Asks anew who is signed in, and everything else, since they may see other things. */
export function useSessionChanged(): () => Promise<void> {
  const client = useQueryClient();
  return async () => {
    await client.fetchQuery({ ...sessionQuery, staleTime: 0 });
    await client.invalidateQueries();
  };
}
