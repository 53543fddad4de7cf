import { Box, Center, Group, Paper, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { basePath } from '../../lib/base.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { Banner } from '../../shell/banner.tsx';
import { AppearanceMenu } from '../../shell/user-menu.tsx';

interface EntryFrameProps {
  readonly title: string;
  readonly description?: string;
  /** Below the card: other ways to go. */
  readonly footer?: ReactNode;
  readonly children: ReactNode;
}

/** The pages before the login: one thing to do, in the middle. */
export function EntryFrame({ title, description, footer, children }: EntryFrameProps) {
  useDocumentTitle(`${title} · Berth`);
  const { banner_message: banner } = useSystemInfo();
  return (
    <Box mih="100vh" bg="light-dark(var(--mantine-color-gray-0), var(--mantine-color-dark-8))">
      <Group component="header" justify="end" p="md">
        <AppearanceMenu />
      </Group>
      <Center component="main" px="md" pb="xl" pt={{ base: 0, sm: '6vh' }}>
        <Stack w="100%" maw={420} gap="lg">
          {banner !== undefined && banner !== '' && <Banner text={banner} />}
          <Paper withBorder shadow="sm" radius="lg" p={{ base: 'lg', sm: 32 }}>
            <Stack gap="lg">
              <Stack gap={6} align="center" ta="center">
                <img src={`${basePath}/berth.svg`} alt="" width={48} height={48} />
                <Title order={1} size="h3">
                  {title}
                </Title>
                {description !== undefined && (
                  <Text size="sm" c="dimmed">
                    {description}
                  </Text>
                )}
              </Stack>
              {children}
            </Stack>
          </Paper>
          {footer}
        </Stack>
      </Center>
    </Box>
  );
}
