import { useQuery } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { api, one, RestError } from '../../lib/api.ts';
import { basePath } from '../../lib/base.ts';
import type { PageSearch } from '../../lib/list-state.ts';
import { Busy, Failure } from '../../ui/states.tsx';
import { projectIdOf, translate } from './harbor-address.ts';

/** Leads from an address of Harbor's portal to ours. */
export function HarborPage() {
  const { history } = useRouter();
  // As the browser had it: the router would already have decoded what is encoded twice.
  const [path] = useState(() => history.location.pathname.slice(`${basePath}/harbor`.length));
  const id = projectIdOf(path);
  const query = useQuery({
    queryKey: ['project', id],
    queryFn: ({ signal }) =>
      one(
        api.GET('/api/v2.0/projects/{project_name_or_id}', {
          params: { path: { project_name_or_id: String(id) } },
          signal,
        }),
      ),
    enabled: id !== undefined,
  });
  if (id !== undefined && query.data === undefined) {
    if (!query.isError) return <Busy />;
    if (query.error instanceof RestError && query.error.status !== 0) throw query.error;
    return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  }
  const goal = translate(path, (idOrName) => query.data?.name ?? idOrName);
  if (goal === undefined) throw new RestError(404);
  return <Move to={goal} />;
}

function Move({ to }: { to: string }) {
  const navigate = useNavigate();
  useEffect(() => {
    // Where to go after the login stays said.
    const search = (before: PageSearch) => (to === '/account/sign-in' ? before : {});
    void navigate({ to, search, replace: true });
  }, [navigate, to]);
  return <Busy />;
}
