import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRouter, RouterProvider } from '@tanstack/react-router';
import { useEffect } from 'react';
import { RestError } from './lib/api.ts';
import { basePath } from './lib/base.ts';
import { LocaleContext } from './lib/messages.ts';
import { localeOf, usePreferences } from './lib/preferences.ts';
import { routeTree } from './routes/index.ts';
import { Fault } from './shell/fault.tsx';
import { NotFound } from './shell/not-found.tsx';
import { colorSchemes, theme } from './shell/theme.ts';
import { Busy } from './ui/states.tsx';

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // A refusal stays one; what is out of reach or busy may come back.
      retry: (count, error) =>
        count < 2 && error instanceof RestError && [0, 502, 503, 504].includes(error.status),
      staleTime: 5_000,
      refetchOnWindowFocus: false,
    },
  },
});

const router = createRouter({
  routeTree,
  basepath: basePath === '' ? '/' : basePath,
  context: { queryClient },
  defaultPendingComponent: Busy,
  defaultErrorComponent: Fault,
  defaultNotFoundComponent: NotFound,
  defaultPreload: 'intent',
  scrollRestoration: true,
  pathParamsAllowedCharacters: [':', '@'],
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

/** The portal. @param nonce of the page's policy, for styles */
export function App({ nonce }: { nonce: string }) {
  const locale = localeOf(usePreferences());
  useEffect(() => {
    document.documentElement.lang = locale;
  }, [locale]);
  return (
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemes}
      getStyleNonce={() => nonce}
    >
      <LocaleContext value={locale}>
        <QueryClientProvider client={queryClient}>
          <Notifications position="bottom-right" />
          <RouterProvider router={router} />
        </QueryClientProvider>
      </LocaleContext>
    </MantineProvider>
  );
}
