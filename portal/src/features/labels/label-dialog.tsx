import { Group, Input, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { type Order, useDraft } from '../../lib/order.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { LabelChip } from '../../ui/values.tsx';
import { ColorChoice } from './color-choice.tsx';
import { draftOf, findLabelFaults, type Label, type LabelDraft } from './label-draft.ts';
import { labelsMessages } from './messages.ts';

interface LabelDialogProps {
  /** With the label that is edited; without one a new one is made. */
  readonly order: Order<{ readonly label?: Label }>;
  /** Where a new label belongs; undefined is the registry. */
  readonly projectId: number | undefined;
}

/** Makes a label, or changes one. */
export function LabelDialog({ order, projectId }: LabelDialogProps) {
  const m = useMessages(labelsMessages);
  const words = useMessages(common);
  const client = useQueryClient();
  const label = order.value?.label;
  const [draft, setDraft] = useDraft(order.value, () => draftOf(label));
  const faults = findLabelFaults(draft);
  const change = (values: Partial<LabelDraft>) => setDraft((before) => ({ ...before, ...values }));
  async function send(): Promise<void> {
    const wanted = { ...draft, name: draft.name.trim() };
    await (label === undefined ? createLabel(wanted, projectId) : updateLabel(label, wanted));
    notifyDone(m.saved(wanted.name));
    await client.invalidateQueries({ queryKey: ['labels'] });
  }
  return (
    <FormDialog
      title={label === undefined ? m.newLabel : m.editLabel(label.name)}
      opened={order.isOpen}
      onClose={order.close}
      onSubmit={send}
      submitLabel={label === undefined ? words.create : words.save}
      isIncomplete={draft.name.trim() === '' || faults.name || faults.description}
    >
      <TextInput
        label={words.name}
        required
        autoComplete="off"
        data-autofocus
        value={draft.name}
        error={faults.name && m.nameTooLong}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <Textarea
        label={words.description}
        autosize
        minRows={2}
        maxRows={6}
        value={draft.description}
        error={faults.description && m.descriptionTooLong}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
      <ColorChoice value={draft.color} onChange={(color) => change({ color })} />
      <Input.Wrapper label={m.preview} labelElement="div">
        <Group>
          <LabelChip name={draft.name.trim() || m.example} color={draft.color} />
        </Group>
      </Input.Wrapper>
    </FormDialog>
  );
}

function createLabel(draft: LabelDraft, projectId: number | undefined): Promise<unknown> {
  const place = projectId === undefined ? { scope: 'g' } : { scope: 'p', project_id: projectId };
  return done(api.POST('/api/v2.0/labels', { body: { ...draft, ...place } }));
}

function updateLabel({ id, scope, project_id }: Label, draft: LabelDraft): Promise<unknown> {
  return done(
    api.PUT('/api/v2.0/labels/{label_id}', {
      params: { path: { label_id: id } },
      body: { ...draft, scope, ...(project_id !== undefined && { project_id }) },
    }),
  );
}
