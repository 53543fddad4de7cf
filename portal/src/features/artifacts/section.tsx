import { Group, Stack, Title } from '@mantine/core';
import type { ReactNode } from 'react';

interface SectionProps {
  readonly title: string;
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** A part of a tab with its heading. */
export function Section({ title, actions, children }: SectionProps) {
  return (
    <Stack gap="xs" miw={0} fz="sm">
      <Group justify="space-between" mih={30}>
        <Title order={2} size="h5">
          {title}
        </Title>
        {actions}
      </Group>
      {children}
    </Stack>
  );
}
