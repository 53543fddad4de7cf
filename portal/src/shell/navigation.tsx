import { Divider, Stack, Text } from '@mantine/core';
import {
  IconActivity,
  IconApi,
  IconBox,
  IconBuildingWarehouse,
  IconChartPie,
  IconFileText,
  IconGauge,
  IconHistory,
  IconInfoCircle,
  IconKey,
  IconListCheck,
  IconPackage,
  IconRobot,
  IconSettings,
  IconTag,
  IconTrash,
  IconUser,
  IconUsersGroup,
} from '@tabler/icons-react';
import { Link as RouterLink } from '@tanstack/react-router';
import { basePath } from '../lib/base.ts';
import { useMessages } from '../lib/messages.ts';
import { shell } from './messages.ts';
import { type PageLink, usePages } from './pages.ts';

const ICONS: Readonly<Record<string, typeof IconBox>> = {
  '/': IconGauge,
  '/projects': IconBox,
  '/logs': IconFileText,
  '/about': IconInfoCircle,
  '/tke/namespaces': IconBuildingWarehouse,
  '/tke/chart-groups': IconPackage,
  '/tke/api-keys': IconKey,
  '/admin/users': IconUser,
  '/admin/robots': IconRobot,
  '/admin/groups': IconUsersGroup,
  '/admin/labels': IconTag,
  '/admin/quotas': IconChartPie,
  '/admin/gc': IconTrash,
  '/admin/audit-purge': IconHistory,
  '/admin/jobs': IconListCheck,
  '/admin/configuration': IconSettings,
  '/admin/health': IconActivity,
};

/** The ways to all pages that this reader has. */
export function Navigation() {
  const m = useMessages(shell);
  const { main, tenants, administration, more } = usePages();
  return (
    <Stack gap={2}>
      <Links pages={main} />
      <Section title={m.tenants} pages={tenants} />
      <Section title={m.administration} pages={administration} />
      <Divider my="xs" />
      <Links pages={more} />
      <a className="nav-link" href={`${basePath}/devcenter-api-2.0`} target="_blank" rel="noopener">
        <IconApi size={18} aria-hidden />
        {m.apiExplorer}
      </a>
    </Stack>
  );
}

function Section({ title, pages }: { title: string; pages: readonly PageLink[] }) {
  if (pages.length === 0) return null;
  return (
    <>
      <Divider my="xs" />
      <Text size="sm" c="dimmed" px="sm" fw={600}>
        {title}
      </Text>
      <Links pages={pages} />
    </>
  );
}

function Links({ pages }: { pages: readonly PageLink[] }) {
  return pages.map(({ to, label }) => {
    const Icon = ICONS[to];
    return (
      <RouterLink
        key={to}
        to={to}
        className="nav-link"
        activeOptions={{ exact: to === '/', includeSearch: false }}
      >
        {Icon !== undefined && <Icon size={18} aria-hidden />}
        {label}
      </RouterLink>
    );
  });
}
