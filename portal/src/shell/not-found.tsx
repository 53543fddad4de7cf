import { Box, Text } from '@mantine/core';
import { useMessages } from '../lib/messages.ts';
import { LinkButton } from '../ui/link.tsx';
import { Page } from '../ui/page.tsx';
import { shell } from './messages.ts';

/** For an address that leads nowhere. */
export function NotFound() {
  const m = useMessages(shell);
  return (
    <Page title={m.notFoundTitle}>
      <Text>{m.notFoundText}</Text>
      <div>
        <LinkButton to="/projects">{m.toProjects}</LinkButton>
      </div>
    </Page>
  );
}

/** The same where no shell is around it. */
export function Lost() {
  return (
    <Box component="main" p="md">
      <NotFound />
    </Box>
  );
}
