import { Alert, Checkbox, Group, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { useConfigurationForm, valueOf } from './draft.ts';
import { configurationMessages } from './messages.ts';
import {
  BANNER_TYPES,
  type BannerForm as Banner,
  parseBannerForm,
  presentBannerForm,
} from './values.ts';

const COLORS: Readonly<Record<string, string>> = {
  info: 'blue',
  warning: 'yellow',
  success: 'green',
  danger: 'red',
};

/** What everybody is told on all pages. */
export function BannerForm() {
  const m = useMessages(configurationMessages);
  const form = useConfigurationForm();
  const isFixed = form.stored['banner_message']?.editable === false;
  const banner = parseBannerForm(String(valueOf(form, 'banner_message')));
  const change = (part: Partial<Banner>) =>
    form.setValue('banner_message', presentBannerForm({ ...banner, ...part }));
  const isEmpty = banner.message === '';
  return (
    <Stack gap="md" maw={720}>
      <Textarea
        label={m.bannerText}
        description={isFixed ? m.fixed : m.bannerHint}
        disabled={isFixed}
        value={banner.message}
        onChange={(event) => change({ message: event.currentTarget.value })}
        autosize
        minRows={2}
        maxRows={8}
      />
      <Select
        label={m.bannerType}
        data={BANNER_TYPES.map((type) => ({ value: type, label: m.bannerTypes(type) }))}
        value={banner.type}
        allowDeselect={false}
        disabled={isFixed || isEmpty}
        onChange={(type) => change({ type: type ?? 'info' })}
        maw={280}
      />
      <Checkbox
        label={m.closable}
        checked={banner.closable}
        disabled={isFixed || isEmpty}
        onChange={(event) => change({ closable: event.currentTarget.checked })}
      />
      <BannerDays banner={banner} onChange={change} isDisabled={isFixed || isEmpty} />
      {!isEmpty && (
        <Alert color={COLORS[banner.type] ?? 'blue'} title={m.preview}>
          {banner.message}
        </Alert>
      )}
    </Stack>
  );
}

interface BannerDaysProps {
  readonly banner: Banner;
  onChange(part: Partial<Banner>): void;
  readonly isDisabled: boolean;
}

function BannerDays({ banner, onChange, isDisabled }: BannerDaysProps) {
  const m = useMessages(configurationMessages);
  const isTurned = banner.to !== '' && banner.to < banner.from;
  return (
    <Stack gap="xs">
      <Group align="start">
        <TextInput
          type="date"
          label={m.from}
          value={banner.from}
          disabled={isDisabled}
          onChange={(event) => onChange({ from: event.currentTarget.value })}
        />
        <TextInput
          type="date"
          label={m.to}
          value={banner.to}
          disabled={isDisabled}
          error={isTurned ? m.turnedAround : undefined}
          onChange={(event) => onChange({ to: event.currentTarget.value })}
        />
      </Group>
      <Text size="sm" c="dimmed">
        {m.datesHint}
      </Text>
    </Stack>
  );
}
