import { Text } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { RestError } from '../lib/api.ts';
import { useMessages } from '../lib/messages.ts';
import { LinkButton } from '../ui/link.tsx';
import { Page } from '../ui/page.tsx';
import { SignInFirst } from '../ui/sign-in-first.tsx';
import { Failure } from '../ui/states.tsx';
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
