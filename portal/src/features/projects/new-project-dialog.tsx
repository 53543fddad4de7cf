import { Switch, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, done, RestError } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useIsAdmin } from '../../lib/session.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { projectsMessages } from './messages.ts';
import { findNameProblem } from './project-name.ts';
import { QuotaField } from './quota-field.tsx';
import { defaultLimit, isLimit, limitBytes } from './storage-limit.ts';

const PAUSE_MS = 300;
const untouched = { name: '', isPublic: false, limit: defaultLimit };

/** Makes a project and goes there: its first page tells how to push. */
export function NewProjectDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const m = useMessages(projectsMessages);
  const isAdmin = useIsAdmin();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [{ name, isPublic, limit }, setForm] = useState(untouched);
  const check = useNameCheck(name);
  const change = (part: Partial<typeof untouched>) => setForm((form) => ({ ...form, ...part }));
  function close(): void {
    setForm(untouched);
    onClose();
  }
  async function create(): Promise<void> {
    const storageLimit = isAdmin ? limitBytes(limit) : undefined;
    await done(
      api.POST('/api/v2.0/projects', {
        body: {
          project_name: name,
          metadata: { public: String(isPublic) },
          ...(storageLimit !== undefined && { storage_limit: storageLimit }),
        },
      }),
    );
    notifyDone(m.createdProject(name));
    void queryClient.invalidateQueries({ queryKey: ['projects'] });
    void queryClient.invalidateQueries({ queryKey: ['statistics'] });
    void navigate({ to: '/p/$project', params: { project: name } });
  }
  return (
    <FormDialog
      title={m.newProject}
      opened={opened}
      onClose={close}
      onSubmit={create}
      submitLabel={useMessages(common).create}
      isIncomplete={name === '' || check.error !== undefined || !isLimit(limit)}
    >
      <NameField value={name} check={check} onChange={(value) => change({ name: value })} />
      <Switch
        label={m.publicSwitch}
        description={isPublic ? m.publicHint : m.privateHint}
        checked={isPublic}
        onChange={(event) => change({ isPublic: event.currentTarget.checked })}
      />
      {isAdmin && <QuotaField value={limit} onChange={(value) => change({ limit: value })} />}
    </FormDialog>
  );
}

interface NameCheck {
  readonly hint: string;
  readonly error: string | undefined;
}

interface NameFieldProps {
  readonly value: string;
  readonly check: NameCheck;
  onChange(value: string): void;
}

function NameField({ value, check, onChange }: NameFieldProps) {
  return (
    <TextInput
      label={useMessages(common).name}
      description={check.hint}
      error={check.error}
      value={value}
      onChange={(event) => onChange(event.currentTarget.value.trim())}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      descriptionProps={{ role: 'status' }}
      autoComplete="off"
      spellCheck={false}
      maxLength={300}
      required
      data-autofocus
    />
  );
}

/** Whether a name may be used, said while it is typed. */
function useNameCheck(name: string): NameCheck {
  const m = useMessages(projectsMessages);
  const problem = name === '' ? undefined : findNameProblem(name);
  const [asked] = useDebouncedValue(name, PAUSE_MS);
  const { data: isTaken, isError } = useQuery({
    queryKey: ['project-name', asked],
    queryFn: ({ signal }) => isNameTaken(asked, signal),
    enabled: asked !== '' && asked === name && problem === undefined,
  });
  if (name === '' || problem !== undefined) {
    return { hint: m.nameRule, error: problem === undefined ? undefined : m[problem] };
  }
  // The one who makes it is told then.
  if (isError) return { hint: m.nameRule, error: undefined };
  if (asked !== name || isTaken === undefined) return { hint: m.nameChecking, error: undefined };
  return { hint: isTaken ? m.nameRule : m.nameFree, error: isTaken ? m.nameTaken : undefined };
}

async function isNameTaken(name: string, signal: AbortSignal): Promise<boolean> {
  try {
    await done(
      api.HEAD('/api/v2.0/projects', { params: { query: { project_name: name } }, signal }),
    );
    return true;
  } catch (error) {
    if (error instanceof RestError && error.status === 404) return false;
    throw error;
  }
}
