import { Alert, Text } from '@mantine/core';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { SelectorFields } from '../../ui/selector-fields.tsx';
import { selectorMessages } from '../../ui/selector-messages.ts';
import { immutabilityMessages } from './messages.ts';
import { draftOfRule, type ImmutableRule, isComplete, ruleOf, sentenceOf } from './rule.ts';

const KINDS = ['doublestar', 'regex'] as const;

interface RuleDialogProps {
  /** undefined: a new one. */
  readonly rule: ImmutableRule | undefined;
  onClose(): void;
  onSave(rule: ImmutableRule): Promise<void>;
}

/** Makes a rule, or changes one. */
export function RuleDialog({ rule, onClose, onSave }: RuleDialogProps) {
  const m = useMessages(immutabilityMessages);
  const words = useMessages(selectorMessages);
  const [draft, setDraft] = useState(() => draftOfRule(rule));
  return (
    <FormDialog
      title={rule === undefined ? m.newTitle : m.editTitle}
      opened
      onClose={onClose}
      size="lg"
      isIncomplete={!isComplete(draft)}
      onSubmit={async () => {
        await onSave(ruleOf(draft, rule));
        notifyDone(m.ruleSaved);
      }}
    >
      <SelectorFields
        subject="repositories"
        kinds={KINDS}
        value={draft.repositories}
        onChange={(repositories) => setDraft({ ...draft, repositories })}
      />
      <SelectorFields
        subject="tags"
        kinds={KINDS}
        value={draft.tags}
        onChange={(tags) => setDraft({ ...draft, tags })}
      />
      {isComplete(draft) && (
        <Alert color="blue" title={m.says} role="status">
          <Text size="sm" className="rule-sentence">
            {sentenceOf(ruleOf(draft, rule), m, words)}
          </Text>
        </Alert>
      )}
    </FormDialog>
  );
}
