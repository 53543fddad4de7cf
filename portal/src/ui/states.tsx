import { Alert, Button, Center, Group, Loader, Skeleton, Stack, Text, Title } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { RestError } from '../lib/api.ts';
import { common } from '../lib/common-messages.ts';
import { describeError } from '../lib/describe-error.ts';
import { useLocale, useMessages } from '../lib/messages.ts';

/** What went wrong, with the way to try again. */
export function Failure({
  error,
  onRetry,
}: {
  error: unknown;
  onRetry?: (() => void) | undefined;
}) {
  const locale = useLocale();
  const m = useMessages(common);
  const { message, requestId } = describeError(error, locale);
  return (
    <Alert color="red" title={m.failed} role="alert">
      <Stack gap="xs" align="start">
        <Text size="sm">{message}</Text>
        {requestId !== undefined && <Text size="xs">{m.requestId(requestId)}</Text>}
        {onRetry !== undefined && (
          <Button size="xs" variant="default" onClick={onRetry}>
            {m.retry}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}

/** A place where something will be; says how it gets there. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <Center py="xl">
      <Stack align="center" gap="xs" maw={640} ta="center">
        <Title order={2} size="h4">
          {title}
        </Title>
        {children}
      </Stack>
    </Center>
  );
}

export function Busy() {
  const m = useMessages(common);
  return (
    <Center py="xl">
      <Loader aria-label={m.loading} role="status" />
    </Center>
  );
}

export function SkeletonLines({ count = 5 }: { count?: number }) {
  const m = useMessages(common);
  return (
    <Stack gap="sm" py="sm" role="status" aria-label={m.loading}>
      {Array.from({ length: count }, (_, index) => (
        <Skeleton key={index} height={22} radius="sm" />
      ))}
    </Stack>
  );
}

interface QueryViewProps<T> {
  readonly query: UseQueryResult<T>;
  children(data: T): ReactNode;
}

/** What a query brought, or that it is on its way, or that it failed. */
export function QueryView<T>({ query, children }: QueryViewProps<T>) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <Failure error={query.error} onRetry={() => void query.refetch()} />;
  return <SkeletonLines />;
}

/** Whether something is not there, or is not for this reader: that is said with a page of its own. */
export function isAbsent(error: unknown): boolean {
  return error instanceof RestError && (error.status === 404 || error.status === 403);
}

export function Toolbar({ children }: { children: ReactNode }) {
  return (
    <Group gap="sm" justify="space-between" wrap="wrap" mb="sm">
      {children}
    </Group>
  );
}
