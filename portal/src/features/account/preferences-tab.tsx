import { Radio, Select, Stack, Text, useMantineColorScheme } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import {
  localeOf,
  type Preferences,
  RUNTIMES,
  updatePreferences,
  usePreferences,
} from '../../lib/preferences.ts';
import { Time } from '../../ui/values.tsx';
import { settingsMessages } from './settings-messages.ts';

const HOUR_MS = 3_600_000;
const THEMES = ['auto', 'light', 'dark'] as const;
const DATES = ['relative', 'local', 'iso'] as const satisfies readonly Preferences['dates'][];

/** How the portal is shown in this browser. */
export function PreferencesTab() {
  const m = useMessages(settingsMessages);
  return (
    <Stack maw={420} gap="lg">
      <Text size="sm" c="dimmed">
        {m.preferencesText}
      </Text>
      <LanguageChoice />
      <ThemeChoice />
      <DatesChoice />
      <RuntimeChoice />
    </Stack>
  );
}

function LanguageChoice() {
  const m = useMessages(settingsMessages);
  const locale = localeOf(usePreferences());
  return (
    <Radio.Group
      label={m.language}
      value={locale}
      onChange={(value) => updatePreferences({ locale: value === 'zh-CN' ? value : 'en' })}
    >
      <Stack gap={6} mt={6}>
        <Radio value="en" label="English" lang="en" />
        <Radio value="zh-CN" label="中文（简体）" lang="zh-CN" />
      </Stack>
    </Radio.Group>
  );
}

function ThemeChoice() {
  const m = useMessages(settingsMessages);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const words = { auto: m.themeAuto, light: m.themeLight, dark: m.themeDark } as const;
  return (
    <Radio.Group
      label={m.theme}
      value={colorScheme}
      onChange={(value) => setColorScheme(THEMES.find((one) => one === value) ?? 'auto')}
    >
      <Stack gap={6} mt={6}>
        {THEMES.map((value) => (
          <Radio key={value} value={value} label={words[value]} />
        ))}
      </Stack>
    </Radio.Group>
  );
}

function DatesChoice() {
  const m = useMessages(settingsMessages);
  const { dates = 'relative' } = usePreferences();
  const [example] = useState(() => new Date(Date.now() - 3 * HOUR_MS).toISOString());
  const words = { relative: m.datesRelative, local: m.datesLocal, iso: m.datesIso } as const;
  return (
    <Radio.Group
      label={m.dates}
      value={dates}
      onChange={(value) =>
        updatePreferences({ dates: DATES.find((one) => one === value) ?? 'relative' })
      }
    >
      <Stack gap={6} mt={6}>
        {DATES.map((value) => (
          <Radio key={value} value={value} label={words[value]} />
        ))}
        <Text size="sm" c="dimmed">
          {m.datesExample} <Time value={example} />
        </Text>
      </Stack>
    </Radio.Group>
  );
}

function RuntimeChoice() {
  const m = useMessages(settingsMessages);
  const { runtime = 'docker' } = usePreferences();
  return (
    <Select
      label={m.runtime}
      description={m.runtimeHint}
      data={[...RUNTIMES]}
      value={runtime}
      allowDeselect={false}
      onChange={(value) =>
        updatePreferences({ runtime: RUNTIMES.find((one) => one === value) ?? 'docker' })
      }
    />
  );
}
