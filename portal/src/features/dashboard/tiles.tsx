import { Group, Paper, SimpleGrid, Stack, Text, ThemeIcon } from '@mantine/core';
import { IconBox, IconDatabase, IconStack2 } from '@tabler/icons-react';
import { useFormat } from '../../lib/format.ts';
import { useMessages } from '../../lib/messages.ts';
import { useIsAdmin } from '../../lib/session.ts';
import type { Dashboard } from './dashboard.ts';
import { dashboardMessages } from './messages.ts';

/** How much there is of what the reader sees. */
export function Tiles({ statistics }: { statistics: Dashboard['statistics'] }) {
  const m = useMessages(dashboardMessages);
  const { number, bytes } = useFormat();
  const isAdmin = useIsAdmin();
  const count = (open: number, closed: number) => ({
    value: number(open + closed),
    hint: m.publicAndPrivate(number(open), number(closed)),
  });
  const { public_project_count: openProjects, private_project_count: ownProjects } = statistics;
  const { public_repo_count: openRepositories, private_repo_count: ownRepositories } = statistics;
  const storage = bytes(statistics.total_storage_consumption);
  return (
    <SimpleGrid
      cols={{ base: 2, xs: isAdmin ? 3 : 2 }}
      spacing="md"
      component="section"
      aria-label={m.statistics}
    >
      <Tile title={m.projects} icon={IconBox} {...count(openProjects, ownProjects)} />
      <Tile
        title={m.repositories}
        icon={IconStack2}
        {...count(openRepositories, ownRepositories)}
      />
      {isAdmin && (
        <Tile title={m.storage} icon={IconDatabase} value={storage} hint={m.storageHint} />
      )}
    </SimpleGrid>
  );
}

interface TileProps {
  readonly title: string;
  readonly value: string;
  readonly hint: string;
  readonly icon: typeof IconBox;
}

function Tile({ title, value, hint, icon: Icon }: TileProps) {
  return (
    <Paper withBorder radius="md" p="md">
      <Group justify="space-between" align="start" wrap="nowrap">
        <Stack gap={2} miw={0}>
          <Text size="sm" c="dimmed">
            {title}
          </Text>
          <Text fz={26} fw={650} lh={1.2}>
            {value}
          </Text>
          <Text size="xs" c="dimmed">
            {hint}
          </Text>
        </Stack>
        <ThemeIcon variant="light" size="lg" radius="md" visibleFrom="md">
          <Icon size={20} aria-hidden />
        </ThemeIcon>
      </Group>
    </Paper>
  );
}
