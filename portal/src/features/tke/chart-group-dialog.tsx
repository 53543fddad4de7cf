import { Select, Stack, TagsInput, Textarea, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { PasswordField } from '../../ui/password-field.tsx';
import {
  type ChartGroupForm,
  formOf,
  isComplete,
  isWebAddress,
  presentForm,
} from './chart-group-form.ts';
import { chartMessages } from './chart-messages.ts';
import { tkeMessages } from './messages.ts';
import { isObjectName } from './object-name.ts';
import { tke } from './tke-api.ts';
import { useCaller } from './tke-queries.ts';
import type { ChartGroup } from './tke-types.ts';

interface ChartGroupDialogProps {
  readonly edited: ChartGroup | 'new' | undefined;
  onClose(): void;
}

/** Makes a group of charts, or changes one; names and types are for good. */
export function ChartGroupDialog({ edited, onClose }: ChartGroupDialogProps) {
  if (edited === undefined) return null;
  const group = edited === 'new' ? undefined : edited;
  return <GroupForm key={group?.metadata.name ?? 'new'} group={group} onClose={onClose} />;
}

interface GroupFormProps {
  readonly group: ChartGroup | undefined;
  onClose(): void;
}

function GroupForm({ group, onClose }: GroupFormProps) {
  const m = useMessages(chartMessages);
  const words = useMessages(tkeMessages);
  const client = useQueryClient();
  const caller = useCaller();
  const isNew = group === undefined;
  const [form, setForm] = useState(() => formOf(group, caller.name));
  const change = (part: Partial<ChartGroupForm>) => setForm((before) => ({ ...before, ...part }));
  async function save(): Promise<void> {
    const spec = presentForm(form, isNew);
    if (isNew) await tke.createChartGroup(spec);
    else await tke.change('chartgroups', group, spec);
    await client.invalidateQueries({ queryKey: ['tke'] });
    if (isNew) notifyDone(m.created(form.name));
  }
  return (
    <FormDialog
      title={isNew ? m.create : m.edit}
      opened
      onClose={onClose}
      onSubmit={save}
      isIncomplete={!isComplete(form)}
    >
      <TextInput
        label={words.name}
        description={words.nameHint}
        required
        readOnly={!isNew}
        value={form.name}
        error={form.name !== '' && !isObjectName(form.name) ? words.badName : undefined}
        onChange={(event) => change({ name: event.currentTarget.value })}
        data-autofocus
      />
      <TextInput
        label={words.displayName}
        value={form.displayName}
        onChange={(event) => change({ displayName: event.currentTarget.value })}
      />
      <Textarea
        label={m.description}
        value={form.description}
        onChange={(event) => change({ description: event.currentTarget.value })}
        autosize
        maxRows={6}
      />
      <TypeFields form={form} change={change} isNew={isNew} isAdmin={caller.isAdmin} />
      <ReaderFields form={form} change={change} />
    </FormDialog>
  );
}

interface FieldsProps {
  readonly form: ChartGroupForm;
  change(part: Partial<ChartGroupForm>): void;
}

function TypeFields({
  form,
  change,
  isNew,
  isAdmin,
}: FieldsProps & { isNew: boolean; isAdmin: boolean }) {
  const m = useMessages(chartMessages);
  const words = useMessages(tkeMessages);
  const known: readonly ChartGroupForm['type'][] =
    isAdmin || !isNew ? ['SelfBuilt', 'Imported', 'System'] : ['SelfBuilt', 'Imported'];
  return (
    <Stack gap="md">
      <Select
        label={words.type}
        data={known.map((value) => ({ value, label: words.types(value) }))}
        value={form.type}
        disabled={!isNew}
        allowDeselect={false}
        onChange={(value) => change({ type: known.find((one) => one === value) ?? 'SelfBuilt' })}
      />
      {form.type === 'Imported' && (
        <>
          <TextInput
            label={m.address}
            description={m.addressHint}
            required
            value={form.addr}
            error={form.addr !== '' && !isWebAddress(form.addr) ? m.badUrl : undefined}
            onChange={(event) => change({ addr: event.currentTarget.value.trim() })}
          />
          <TextInput
            label={m.username}
            value={form.username}
            onChange={(event) => change({ username: event.currentTarget.value })}
            autoComplete="off"
          />
          <PasswordField
            label={m.password}
            value={form.password}
            onChange={(event) => change({ password: event.currentTarget.value })}
            autoComplete="new-password"
          />
        </>
      )}
    </Stack>
  );
}

function ReaderFields({ form, change }: FieldsProps) {
  const m = useMessages(chartMessages);
  const words = useMessages(tkeMessages);
  const known = ['User', 'Project', 'Public'] as const;
  return (
    <>
      <Select
        label={words.visibility}
        description={m.visibilityHints(form.visibility)}
        data={known.map((value) => ({ value, label: words.visibilities(value) }))}
        value={form.visibility}
        allowDeselect={false}
        onChange={(value) => change({ visibility: known.find((one) => one === value) ?? 'User' })}
      />
      {form.visibility === 'User' && (
        <TagsInput
          label={m.users}
          description={m.usersHint}
          value={[...form.users]}
          onChange={(users) => change({ users })}
        />
      )}
      {form.visibility === 'Project' && (
        <TagsInput
          label={m.projects}
          description={m.projectsHint}
          value={[...form.projects]}
          onChange={(projects) => change({ projects })}
        />
      )}
    </>
  );
}
