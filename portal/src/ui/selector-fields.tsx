import { Fieldset, Group, NativeSelect, Text, TextInput } from '@mantine/core';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';
import type { SelectorDraft, SelectorSubject } from '../lib/selector.ts';
import { type SelectorWords, selectorMessages } from './selector-messages.ts';

interface SelectorFieldsProps {
  readonly subject: SelectorSubject;
  /** How names can be compared, as the API calls it. */
  readonly kinds: readonly string[];
  readonly value: SelectorDraft;
  onChange(value: SelectorDraft): void;
  /** Conditions beside it that cannot be changed here. */
  readonly moreCount?: number;
}

/** Which repositories, or tags, a rule is for. */
export function SelectorFields(props: SelectorFieldsProps) {
  const { subject, kinds, value, onChange, moreCount = 0 } = props;
  const m = useMessages(selectorMessages);
  const { required } = useMessages(common);
  return (
    <Fieldset legend={subject === 'tags' ? m.tags : m.repositories} p="sm">
      <Group align="start" gap="xs">
        <NativeSelect
          label={m.choice}
          data={[
            { value: '', label: m.matching },
            { value: 'not', label: m.excluding },
          ]}
          value={value.isExcluding ? 'not' : ''}
          onChange={(event) =>
            onChange({ ...value, isExcluding: event.currentTarget.value !== '' })
          }
        />
        <NativeSelect
          label={m.kind}
          data={kinds.map((kind) => ({ value: kind, label: kindLabel(kind, m) }))}
          value={value.kind}
          onChange={(event) => onChange({ ...value, kind: event.currentTarget.value })}
        />
        <TextInput
          label={m.pattern}
          description={hintOf(value.kind, m)}
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          required
          autoComplete="off"
          spellCheck={false}
          maxLength={1024}
          value={value.text}
          error={value.text.trim() === '' ? required : undefined}
          onChange={(event) => onChange({ ...value, text: event.currentTarget.value })}
          flex="1 1 12rem"
        />
      </Group>
      {moreCount > 0 && (
        <Text size="sm" c="dimmed" mt="xs">
          {m.more(moreCount)}
        </Text>
      )}
    </Fieldset>
  );
}

function kindLabel(kind: string, m: SelectorWords): string {
  const { doublestar, regex, semver } = m;
  const labels: Readonly<Record<string, string>> = { doublestar, regex, semver };
  return labels[kind] ?? kind;
}

function hintOf(kind: string, m: SelectorWords): string {
  if (kind === 'regex') return m.regexHint;
  return kind === 'semver' ? m.semverHint : m.doublestarHint;
}
