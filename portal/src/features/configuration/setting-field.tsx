import { NumberInput, Select, Switch, Textarea, TextInput } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { PasswordField } from '../../ui/password-field.tsx';
import { BytesInput } from './bytes-input.tsx';
import { useConfigurationForm, valueOf } from './draft.ts';
import { EventTypesInput } from './event-types-input.tsx';
import type { FieldProps } from './field-props.ts';
import { configurationMessages } from './messages.ts';
import type { Setting } from './settings-table.ts';
import { findFault, type Value } from './values.ts';

/** One setting, as its kind wants it. */
export function SettingField({ setting }: { setting: Setting }) {
  const form = useConfigurationForm();
  const field = useField(setting);
  const value = valueOf(form, setting.key);
  const change = (next: Value) => form.setValue(setting.key, next);
  const typed = (event: { currentTarget: { value: string } }) => change(event.currentTarget.value);
  switch (setting.kind) {
    case 'flag':
      return (
        <Switch
          {...field}
          checked={value === true}
          onChange={(event) => change(event.currentTarget.checked)}
        />
      );
    case 'number':
      return (
        <NumberInput
          {...field}
          allowDecimal={false}
          value={typeof value === 'boolean' ? '' : value}
          onChange={change}
          maw={420}
        />
      );
    case 'choice':
      return <ChoiceField setting={setting} value={value} onChange={change} field={field} />;
    case 'secret':
      return <SecretField value={String(value)} onChange={change} field={field} />;
    case 'bytes':
      return <BytesInput {...field} value={Number(value)} onChange={change} />;
    case 'events':
      return <EventTypesInput {...field} value={String(value)} onChange={change} />;
    case 'text':
      return <TextInput {...field} value={String(value)} onChange={typed} autoComplete="off" />;
    case 'area':
    case 'parameters':
      return (
        <Textarea
          {...field}
          value={String(value)}
          onChange={typed}
          autosize
          minRows={2}
          maxRows={12}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
      );
  }
}

function useField(setting: Setting): FieldProps {
  const m = useMessages(configurationMessages);
  const form = useConfigurationForm();
  const isFixed = form.stored[setting.key]?.editable === false;
  const areAllFixed = Object.values(form.stored).every(({ editable }) => !editable);
  const reason = setting.key === 'auth_mode' && !areAllFixed ? m.modeFixed : m.fixed;
  const fault =
    setting.key in form.draft ? findFault(setting, valueOf(form, setting.key)) : undefined;
  const faults = {
    number: setting.kind === 'number' ? m.outOfRange(setting.min, setting.max) : '',
    json: m.notJson,
    bytes: m.positive,
  };
  return {
    label: m.label(setting.key),
    description: (isFixed ? reason : m.help(setting.key)) || undefined,
    error: fault === undefined ? undefined : faults[fault],
    disabled: isFixed,
  };
}

interface InputProps<T> {
  readonly value: T;
  onChange(value: Value): void;
  readonly field: FieldProps;
}

function ChoiceField({
  setting,
  value,
  onChange,
  field,
}: InputProps<Value> & { setting: Setting & { kind: 'choice' } }) {
  const m = useMessages(configurationMessages);
  return (
    <Select
      {...field}
      data={setting.options.map((option) => ({ value: option, label: m.choice(option) }))}
      value={String(value)}
      allowDeselect={false}
      // Depths of searches are numbers.
      onChange={(next) => onChange(typeof value === 'number' ? Number(next) : (next ?? ''))}
      maw={420}
    />
  );
}

function SecretField({ value, onChange, field }: InputProps<string>) {
  const m = useMessages(configurationMessages);
  return (
    <PasswordField
      {...field}
      description={field.description ?? m.secretKept}
      placeholder={m.secretHint}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="new-password"
      maw={420}
    />
  );
}
