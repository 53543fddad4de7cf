import { Alert, Checkbox, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { SelectorFields } from '../../ui/selector-fields.tsx';
import { selectorMessages } from '../../ui/selector-messages.ts';
import { QueryView } from '../../ui/states.tsx';
import { retentionMessages } from './messages.ts';
import type { RetentionRule } from './policy.ts';
import { metadataQuery } from './retention-queries.ts';
import { draftOfRule, isComplete, type RuleDraft, ruleOf } from './rule-draft.ts';
import { sentenceOf } from './sentence.ts';
import { type Metadata, TemplateFields } from './template-fields.tsx';

interface RuleDialogProps {
  /** undefined: a new one. */
  readonly rule: RetentionRule | undefined;
  onClose(): void;
  onSave(rule: RetentionRule): Promise<void>;
}

/** Makes a rule, or changes one; says in a sentence what it will mean. */
export function RuleDialog({ rule, onClose, onSave }: RuleDialogProps) {
  const m = useMessages(retentionMessages);
  const words = useMessages(selectorMessages);
  const metadata = useQuery(metadataQuery);
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
      <QueryView query={metadata}>
        {(known) => <Fields draft={draft} rule={rule} metadata={known} onChange={setDraft} />}
      </QueryView>
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

interface FieldsProps {
  readonly draft: RuleDraft;
  readonly rule: RetentionRule | undefined;
  readonly metadata: Metadata;
  onChange(draft: RuleDraft): void;
}

function Fields({ draft, rule, metadata, onChange }: FieldsProps) {
  const m = useMessages(retentionMessages);
  const isSemver = draft.template === 'latestSemverK';
  return (
    <>
      <SelectorFields
        subject="repositories"
        kinds={metadata.scope_selectors.map(({ kind }) => kind)}
        value={draft.repositories}
        onChange={(repositories) => onChange({ ...draft, repositories })}
        moreCount={(rule?.scope_selectors.repository.length ?? 1) - 1}
      />
      <TemplateFields draft={draft} metadata={metadata} onChange={onChange} />
      <SelectorFields
        subject="tags"
        kinds={metadata.tag_selectors.map(({ kind }) => kind)}
        value={draft.tags}
        onChange={(tags) => onChange({ ...draft, tags })}
        moreCount={(rule?.tag_selectors.length ?? 1) - 1}
      />
      {isSemver ? (
        <Checkbox
          label={m.prerelease}
          checked={draft.hasPrereleases}
          onChange={(event) => onChange({ ...draft, hasPrereleases: event.currentTarget.checked })}
        />
      ) : (
        <Checkbox
          label={m.untagged}
          checked={draft.isUntagged}
          onChange={(event) => onChange({ ...draft, isUntagged: event.currentTarget.checked })}
        />
      )}
    </>
  );
}
