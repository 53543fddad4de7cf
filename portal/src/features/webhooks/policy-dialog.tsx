import { Checkbox, SimpleGrid, Text, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { QueryView } from '../../ui/states.tsx';
import { webhooksMessages } from './messages.ts';
import {
  bodyOfDraft,
  draftOfPolicy,
  isComplete,
  type PolicyDraft,
  type WebhookPolicy,
} from './policy.ts';
import { GuardFields, TargetFields } from './target-fields.tsx';
import { choicesQuery, usePolicyChanges } from './webhook-queries.ts';

interface PolicyDialogProps {
  /** Absent: a new one. */
  readonly policy?: WebhookPolicy;
  onClose(): void;
}

/** Makes a webhook, or changes one. */
export function PolicyDialog({ policy, onClose }: PolicyDialogProps) {
  const m = useMessages(webhooksMessages);
  const { create, save } = useMessages(common);
  const { project } = useProject();
  const choices = useQuery(choicesQuery(project.project_id));
  const { put, show } = usePolicyChanges();
  const [draft, setDraft] = useState(() => draftOfPolicy(policy));
  const moreTargets = (policy?.targets.length ?? 1) - 1;
  async function send(): Promise<void> {
    const body = bodyOfDraft(draft, policy);
    await put(policy, body);
    notifyDone(policy === undefined ? m.made(draft.name) : m.saved(draft.name));
    await show();
  }
  return (
    <FormDialog
      title={policy === undefined ? m.newWebhook : m.editTitle(policy.name)}
      opened
      onClose={onClose}
      onSubmit={send}
      size="lg"
      submitLabel={policy === undefined ? create : save}
      isIncomplete={!isComplete(draft)}
    >
      <NameFields draft={draft} onChange={setDraft} />
      <QueryView query={choices}>
        {(known) => (
          <>
            <TargetFields draft={draft} choices={known} onChange={setDraft} />
            <EventFields draft={draft} types={known.event_type} onChange={setDraft} />
            <GuardFields draft={draft} onChange={setDraft} />
          </>
        )}
      </QueryView>
      {moreTargets > 0 && <Text size="sm">{m.moreTargetsStay(moreTargets)}</Text>}
    </FormDialog>
  );
}

interface FieldsProps {
  readonly draft: PolicyDraft;
  onChange(draft: PolicyDraft): void;
}

function NameFields({ draft, onChange }: FieldsProps) {
  const words = useMessages(common);
  return (
    <>
      <TextInput
        label={words.name}
        required
        maxLength={256}
        autoComplete="off"
        data-autofocus
        value={draft.name}
        onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
      />
      <Textarea
        label={words.description}
        autosize
        minRows={1}
        maxRows={4}
        maxLength={4096}
        value={draft.description}
        onChange={(event) => onChange({ ...draft, description: event.currentTarget.value })}
      />
    </>
  );
}

function EventFields({ draft, types, onChange }: FieldsProps & { types: readonly string[] }) {
  const m = useMessages(webhooksMessages);
  return (
    <Checkbox.Group
      label={m.events}
      required
      value={[...draft.eventTypes]}
      onChange={(eventTypes) => onChange({ ...draft, eventTypes })}
      {...(draft.eventTypes.length === 0 && { description: m.eventsNeeded })}
    >
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" mt="xs">
        {types.map((type) => (
          <Checkbox key={type} value={type} label={m.eventOf(type)} />
        ))}
      </SimpleGrid>
    </Checkbox.Group>
  );
}
