import { Select, TagsInput, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { tkeMessages } from './messages.ts';
import { isObjectName } from './object-name.ts';
import { tke } from './tke-api.ts';
import { useCaller } from './tke-queries.ts';
import type { Namespace } from './tke-types.ts';

interface NamespaceDialogProps {
  readonly edited: Namespace | 'new' | undefined;
  onClose(): void;
}

/** Makes a namespace, or changes one; names are for good. */
export function NamespaceDialog({ edited, onClose }: NamespaceDialogProps) {
  if (edited === undefined) return null;
  const key = edited === 'new' ? 'new' : edited.metadata.name;
  return <NamespaceForm key={key} edited={edited} onClose={onClose} />;
}

function NamespaceForm({ edited, onClose }: { edited: Namespace | 'new'; onClose: () => void }) {
  const m = useMessages(tkeMessages);
  const client = useQueryClient();
  const caller = useCaller();
  const isNew = edited === 'new';
  const [spec, setSpec] = useState(isNew ? fresh : edited.spec);
  const change = (part: Partial<Namespace['spec']>) =>
    setSpec((before) => ({ ...before, ...part }));
  async function save(): Promise<void> {
    const { name, displayName = '', visibility, type, projects = [] } = spec;
    const values = { displayName, visibility, type, projects: type === 'Project' ? projects : [] };
    if (isNew) await tke.createNamespace({ name, ...values });
    else await tke.change('namespaces', edited, values);
    await client.invalidateQueries({ queryKey: ['tke'] });
    if (isNew) notifyDone(m.created(name));
  }
  return (
    <FormDialog
      title={isNew ? m.create : m.edit}
      opened
      onClose={onClose}
      onSubmit={save}
      isIncomplete={isNew && !isObjectName(spec.name)}
    >
      <TextInput
        label={m.name}
        description={m.nameHint}
        required
        readOnly={!isNew}
        value={spec.name}
        error={spec.name !== '' && !isObjectName(spec.name) ? m.badName : undefined}
        onChange={(event) => change({ name: event.currentTarget.value })}
        data-autofocus
      />
      <TextInput
        label={m.displayName}
        value={spec.displayName ?? ''}
        onChange={(event) => change({ displayName: event.currentTarget.value })}
      />
      <Select
        label={m.visibility}
        description={m.visibilityHint}
        data={['Private', 'Public'].map((value) => ({ value, label: m.visibilities(value) }))}
        value={spec.visibility}
        allowDeselect={false}
        onChange={(value) => change({ visibility: value === 'Public' ? 'Public' : 'Private' })}
      />
      <TypeFields spec={spec} change={change} isAdmin={caller.isAdmin} />
    </FormDialog>
  );
}

interface TypeFieldsProps {
  readonly spec: Namespace['spec'];
  change(part: Partial<Namespace['spec']>): void;
  readonly isAdmin: boolean;
}

function TypeFields({ spec, change, isAdmin }: TypeFieldsProps) {
  const m = useMessages(tkeMessages);
  const types = isAdmin ? ['Project', 'Personal', 'System'] : ['Project', 'Personal'];
  return (
    <>
      <Select
        label={m.type}
        data={types.map((value) => ({ value, label: m.types(value) }))}
        value={spec.type}
        allowDeselect={false}
        onChange={(value) =>
          change({ type: value === 'Personal' || value === 'System' ? value : 'Project' })
        }
      />
      {spec.type === 'Project' && (
        <TagsInput
          label={m.projects}
          description={m.projectsHint}
          value={[...(spec.projects ?? [])]}
          onChange={(projects) => change({ projects })}
        />
      )}
    </>
  );
}

const fresh: Namespace['spec'] = {
  name: '',
  tenantID: '',
  visibility: 'Private',
  type: 'Project',
};
