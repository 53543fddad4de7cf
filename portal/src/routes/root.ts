import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute } from '@tanstack/react-router';
import type { PageSearch } from '../lib/list-state.ts';
import { Frame } from '../shell/frame.tsx';
import { Lost } from '../shell/not-found.tsx';
import { Shell } from '../shell/shell.tsx';

export const root = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Frame,
  notFoundComponent: Lost,
  // Filters are read, and judged, by the lists that they belong to.
  validateSearch: (search: Record<string, unknown>): PageSearch =>
    Object.fromEntries(
      Object.entries(search).filter(
        (entry): entry is [string, string | number] =>
          typeof entry[1] === 'string' || typeof entry[1] === 'number',
      ),
    ),
});

/** Pages before the login have no navigation around them. */
export const shell = createRoute({ getParentRoute: () => root, id: 'shell', component: Shell });
