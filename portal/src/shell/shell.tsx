import { Alert, AppShell, Burger, Group, ScrollArea, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Outlet, useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import { basePath } from '../lib/base.ts';
import { useMessages } from '../lib/messages.ts';
import { useCurrentUser, useSystemInfo } from '../lib/session.ts';
import { Link, LinkButton } from '../ui/link.tsx';
import { Banner } from './banner.tsx';
import { shell } from './messages.ts';
import { Navigation } from './navigation.tsx';
import { PaletteButton } from './palette-button.tsx';
import { AppearanceMenu, UserMenu } from './user-menu.tsx';

/** The frame of all pages after the login: header, navigation, content. */
export function Shell() {
  const m = useMessages(shell);
  const [isOpen, menu] = useDisclosure(false);
  const { pathname } = useLocation();
  const { close } = menu;
  useEffect(() => close(), [pathname, close]);
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 250, breakpoint: 'md', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a href="#content" className="skip-link" onClick={focusContent}>
        {m.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger
              opened={isOpen}
              onClick={menu.toggle}
              hiddenFrom="md"
              size="sm"
              aria-label={m.menu}
            />
            <Link to="/" c="inherit" underline="never" fw={700} fz="lg">
              <Group gap="xs" wrap="nowrap">
                <img src={`${basePath}/berth.svg`} width={26} height={26} alt="" />
                Berth
              </Group>
            </Link>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <PaletteButton />
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label={m.navigation} mod={{ closed: !isOpen }}>
        <AppShell.Section grow component={ScrollArea}>
          <Navigation />
        </AppShell.Section>
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        <Announcements />
        <Outlet />
      </AppShell.Main>
    </AppShell>
  );
}

/** The page's base address would make a fragment lead to its first page. */
function focusContent(event: { preventDefault(): void }): void {
  event.preventDefault();
  document.getElementById('content')?.focus();
}

function Account() {
  const m = useMessages(shell);
  const user = useCurrentUser();
  const { href } = useLocation();
  if (user !== null) return <UserMenu user={user} />;
  return (
    <>
      <AppearanceMenu />
      <LinkButton to="/account/sign-in" search={{ redirect_url: href }} size="xs">
        {m.signIn}
      </LinkButton>
    </>
  );
}

function Announcements() {
  const m = useMessages(shell);
  const { read_only: isReadOnly, banner_message: banner } = useSystemInfo();
  return (
    <>
      {isReadOnly === true && (
        <Alert color="yellow" mb="md" role="status">
          <Text size="sm">{m.readOnly}</Text>
        </Alert>
      )}
      {banner !== undefined && banner !== '' && <Banner text={banner} />}
    </>
  );
}
