import { Checkbox, Group, Input, NativeSelect, SegmentedControl, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Answer } from '../../lib/api.ts';
import { useMessages } from '../../lib/messages.ts';
import { webhooksMessages } from './messages.ts';
import { isEndpoint, type PolicyDraft } from './policy.ts';
import { SecretField } from './secret-field.tsx';

interface TargetFieldsProps {
  readonly draft: PolicyDraft;
  readonly choices: Answer<'GetSupportedEventTypes'>;
  onChange(draft: PolicyDraft): void;
}

/** Where to send, and how. */
export function TargetFields({ draft, choices, onChange }: TargetFieldsProps) {
  const m = useMessages(webhooksMessages);
  const { type } = draft;
  const formats = choices.payload_formats.find(({ notify_type: one }) => one === type)?.formats;
  return (
    <>
      <Group align="start">
        <Input.Wrapper label={m.type} labelElement="div">
          <div>
            <SegmentedControl
              aria-label={m.type}
              data={choices.notify_type.map((value) => ({ value, label: m.typeOf(value) }))}
              value={type}
              onChange={(value) =>
                onChange({ ...draft, type: value === 'slack' ? 'slack' : 'http' })
              }
            />
          </div>
        </Input.Wrapper>
        {formats !== undefined && (
          <NativeSelect
            label={m.format}
            data={formats.map((value) => ({ value, label: m.formatOf(value) }))}
            value={draft.format}
            onChange={(event) => onChange({ ...draft, format: event.currentTarget.value })}
          />
        )}
      </Group>
      <EndpointField draft={draft} onChange={onChange} />
    </>
  );
}

interface GuardFieldsProps {
  readonly draft: PolicyDraft;
  onChange(draft: PolicyDraft): void;
}

/** How sender and receiver know each other. */
export function GuardFields({ draft, onChange }: GuardFieldsProps) {
  const m = useMessages(webhooksMessages);
  const { type } = draft;
  return (
    <>
      {type === 'http' && (
        <SecretField
          label={m.authHeader}
          hint={m.authHeaderHint}
          value={draft.authHeader}
          onChange={(authHeader) => onChange({ ...draft, authHeader })}
        />
      )}
      {type === 'http' && (
        <SecretField
          label={m.secret}
          hint={m.secretHint}
          value={draft.secret}
          onChange={(secret) => onChange({ ...draft, secret })}
        />
      )}
      <Checkbox
        label={m.verify}
        description={m.verifyHint}
        checked={draft.isVerified}
        onChange={(event) => onChange({ ...draft, isVerified: event.currentTarget.checked })}
      />
    </>
  );
}

function EndpointField({ draft, onChange }: GuardFieldsProps) {
  const m = useMessages(webhooksMessages);
  const [isLeft, setLeft] = useState(false);
  const isWrong = isLeft && draft.address !== '' && !isEndpoint(draft.address);
  return (
    <TextInput
      label={m.endpoint}
      description={m.endpointHint}
      type="url"
      required
      autoComplete="off"
      maxLength={8192}
      placeholder={
        draft.type === 'slack'
          ? 'https://hooks.slack.com/services/…'
          : 'https://ci.example.com/hook'
      }
      value={draft.address}
      error={isWrong ? m.endpointRule : undefined}
      onBlur={() => setLeft(true)}
      onChange={(event) => onChange({ ...draft, address: event.currentTarget.value })}
    />
  );
}
