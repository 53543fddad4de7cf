import { ActionIcon, Box, Button, Menu, useMantineColorScheme } from '@mantine/core';
import { IconLogout, IconPalette, IconSettings, IconUser } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { liveUpdates } from '../lib/live.ts';
import { useMessages } from '../lib/messages.ts';
import { localeOf, updatePreferences, usePreferences } from '../lib/preferences.ts';
import { type CurrentUser, signOut, useSessionChanged } from '../lib/session.ts';
import { notifyFailure } from '../ui/notify.tsx';
import { shell } from './messages.ts';

const THEMES = ['auto', 'light', 'dark'] as const;

/** What belongs to whoever is signed in: settings, language, theme, the way out. */
export function UserMenu({ user }: { user: CurrentUser }) {
  const m = useMessages(shell);
  const navigate = useNavigate();
  const sessionChanged = useSessionChanged();
  async function leave(): Promise<void> {
    try {
      const elsewhere = await signOut();
      if (elsewhere !== undefined) {
        window.location.assign(elsewhere);
        return;
      }
      await navigate({ to: '/account/sign-in' });
      liveUpdates.restart();
      await sessionChanged();
    } catch (error) {
      notifyFailure(error);
    }
  }
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconUser size={16} aria-hidden />}
          aria-label={m.account(user.username)}
        >
          {user.username}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item
          leftSection={<IconSettings size={16} />}
          onClick={() => void navigate({ to: '/settings' })}
        >
          {m.settings}
        </Menu.Item>
        <AppearanceItems />
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void leave()}>
          {m.signOut}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

/** Language and theme, for those who are not signed in. */
export function AppearanceMenu() {
  const m = useMessages(shell);
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target>
        <ActionIcon variant="default" size={30} aria-label={`${m.language}, ${m.theme}`}>
          <IconPalette size={16} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <AppearanceItems />
      </Menu.Dropdown>
    </Menu>
  );
}

function AppearanceItems() {
  const m = useMessages(shell);
  const locale = localeOf(usePreferences());
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const themes = { auto: m.themeAuto, light: m.themeLight, dark: m.themeDark } as const;
  return (
    <>
      <Menu.Label>{m.language}</Menu.Label>
      <Box role="group" aria-label={m.language}>
        <Menu.RadioGroup
          value={locale}
          onChange={(value) => updatePreferences({ locale: value === 'zh-CN' ? value : 'en' })}
        >
          <Menu.RadioItem value="en" lang="en">
            English
          </Menu.RadioItem>
          <Menu.RadioItem value="zh-CN" lang="zh-CN">
            中文（简体）
          </Menu.RadioItem>
        </Menu.RadioGroup>
      </Box>
      <Menu.Label>{m.theme}</Menu.Label>
      <Box role="group" aria-label={m.theme}>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => setColorScheme(THEMES.find((one) => one === value) ?? 'auto')}
        >
          {THEMES.map((scheme) => (
            <Menu.RadioItem key={scheme} value={scheme}>
              {themes[scheme]}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
      </Box>
    </>
  );
}
