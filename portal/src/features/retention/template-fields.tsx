import { Fieldset, Group, NativeSelect, NumberInput } from '@mantine/core';
import type { Answer } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { retentionMessages } from './messages.ts';
import { findTemplate, type RuleDraft, standardOf } from './rule-draft.ts';

export type Metadata = Answer<'getRentenitionMetadata'>;

interface TemplateFieldsProps {
  readonly draft: RuleDraft;
  readonly metadata: Metadata;
  onChange(draft: RuleDraft): void;
}

/** What of the selected a rule keeps: by count, by days, or all. */
export function TemplateFields({ draft, metadata, onChange }: TemplateFieldsProps) {
  const m = useMessages(retentionMessages);
  const { required } = useMessages(common);
  const { template, parameter } = draft;
  const told = metadata.templates.map(({ rule_template: value, display_text: text }) => ({
    value,
    label: m.templateOf(value, text),
  }));
  const isTold = told.some(({ value }) => value === template);
  const unit = metadata.templates.find(({ rule_template: name }) => name === template)?.params[0]
    ?.unit;
  function choose(name: string): void {
    const chosen = findTemplate(name);
    if (chosen !== undefined) {
      onChange({ ...draft, template: chosen, parameter: standardOf(chosen) });
    }
  }
  return (
    <Fieldset legend={m.keep} p="sm">
      <Group align="start" gap="xs">
        <NativeSelect
          label={m.template}
          data={isTold ? told : [...told, { value: template, label: template }]}
          value={template}
          onChange={(event) => choose(event.currentTarget.value)}
        />
        {template !== 'always' && (
          <NumberInput
            label={m.unitOf(unit ?? 'COUNT')}
            {...(unit !== 'DAYS' && { description: m.countHint })}
            inputWrapperOrder={['label', 'input', 'description', 'error']}
            required
            min={0}
            allowDecimal={false}
            allowNegative={false}
            value={parameter}
            error={parameter === '' ? required : undefined}
            onChange={(value) =>
              onChange({ ...draft, parameter: value === '' ? '' : Number(value) })
            }
            w={140}
          />
        )}
      </Group>
    </Fieldset>
  );
}
