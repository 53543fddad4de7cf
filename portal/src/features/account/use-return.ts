import { useRouter, useSearch } from '@tanstack/react-router';
import { basePath } from '../../lib/base.ts';
import type { PageSearch } from '../../lib/list-state.ts';
import { parseReturnPath } from './return-path.ts';

/** What the address says of where to go on (`redirect_url`), and the way there. */
export function useReturn() {
  const search: PageSearch = useSearch({ strict: false });
  const { history } = useRouter();
  const path = parseReturnPath(String(search['redirect_url'] ?? '/'));
  return {
    path,
    /** As the path is: the router would encode it anew. */
    goOn: () => history.replace(`${basePath}${path}`),
  };
}
