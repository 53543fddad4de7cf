import { Text } from '@mantine/core';
import { type ErrorComponentProps, useLocation, useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { RestError } from '../lib/api.ts';
import { useMessages } from '../lib/messages.ts';
import { LinkButton } from '../ui/link.tsx';
import { Page } from '../ui/page.tsx';
import { Busy, Failure } from '../ui/states.tsx';
import { shell } from './messages.ts';
import { NotFound } from './not-found.tsx';

/** In place of a page that could not be shown: absent, not allowed, or a mistake. */
export function Fault({ error, reset }: ErrorComponentProps) {
  const m = useMessages(shell);
  const status = error instanceof RestError ? error.status : undefined;
  if (status === 401) return <SignInFirst />;
  if (status === 404) return <NotFound />;
  if (status === 403) {
    return (
      <Page title={m.forbiddenTitle}>
        <Text>{m.forbiddenText}</Text>
        <div>
          <LinkButton to="/projects">{m.toProjects}</LinkButton>
        </div>
      </Page>
    );
  }
  return (
    <Page title={m.faultTitle}>
      <Failure error={error} onRetry={reset} />
    </Page>
  );
}

/** For visitors, where a login would help; it leads back here. */
function SignInFirst() {
  const { href } = useLocation();
  // The address is another as soon as the reader is on the way.
  const [from] = useState(href);
  const navigate = useNavigate();
  useEffect(() => {
    void navigate({ to: '/account/sign-in', search: { redirect_url: from }, replace: true });
  }, [navigate, from]);
  return <Busy />;
}
