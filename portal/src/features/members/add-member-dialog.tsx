import { Input, SegmentedControl } from '@mantine/core';
import { useId } from '@mantine/hooks';
import { api, type Body, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { type Order, useDraft } from '../../lib/order.ts';
import { useProject } from '../../lib/project.ts';
import { useSystemInfo } from '../../lib/session.ts';
import { FormDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { GROUP_TYPE, groupTypesOf, memberGroupOf } from './groups.ts';
import { useMembersChanged } from './member-orders.tsx';
import { membersMessages } from './messages.ts';
import { RoleChoice } from './role-choice.tsx';
import { DEFAULT_ROLE } from './roles.ts';
import { GroupField, UserField, useGroups } from './who-fields.tsx';

interface Draft {
  readonly kind: 'user' | 'group';
  readonly username: string;
  readonly group: { readonly name: string; readonly type: number | undefined };
  readonly role: number;
}

const EMPTY: Draft = {
  kind: 'user',
  username: '',
  group: { name: '', type: undefined },
  role: DEFAULT_ROLE,
};

/** Makes a user or a group a member of the project. */
export function AddMemberDialog({ order }: { order: Order<object> }) {
  const m = useMessages(membersMessages);
  const words = useMessages(common);
  const { project } = useProject();
  const changed = useMembersChanged();
  const [draft, setDraft] = useDraft(order.value, () => EMPTY);
  const change = (values: Partial<Draft>) => setDraft((before) => ({ ...before, ...values }));
  const wanted = useWanted(draft);
  async function send(): Promise<void> {
    if (wanted === undefined) return;
    await done(
      api.POST('/api/v2.0/projects/{project_name_or_id}/members', {
        params: { path: { project_name_or_id: String(project.project_id) } },
        body: { role_id: draft.role, ...wanted.who },
      }),
    );
    notifyDone(m.added(wanted.name));
    await changed();
  }
  return (
    <FormDialog
      title={m.addMember}
      opened={order.isOpen}
      onClose={order.close}
      onSubmit={send}
      submitLabel={words.add}
      isIncomplete={wanted === undefined}
    >
      <KindChoice value={draft.kind} onChange={(kind) => change({ kind })} />
      {draft.kind === 'user' ? (
        <UserField value={draft.username} onChange={(username) => change({ username })} />
      ) : (
        <GroupField value={draft.group} onChange={(group) => change({ group })} />
      )}
      <RoleChoice value={draft.role} onChange={(role) => change({ role })} />
    </FormDialog>
  );
}

interface Wanted {
  readonly name: string;
  readonly who: Pick<Body<'createProjectMember'>, 'member_user' | 'member_group'>;
}

/** Who shall become a member, as far as it is said; the registry judges. */
function useWanted({ kind, username, group }: Draft): Wanted | undefined {
  const types = groupTypesOf(useSystemInfo().auth_mode);
  const { groups } = useGroups(group.name);
  const name = (kind === 'user' ? username : group.name).trim();
  if (name === '') return undefined;
  if (kind === 'user') return { name, who: { member_user: { username: name } } };
  const known = groups.get(name);
  const type = group.type ?? types[0] ?? GROUP_TYPE.ldap;
  if (known === undefined && type === GROUP_TYPE.ldap && !name.includes('=')) return undefined;
  return { name, who: { member_group: memberGroupOf(name, known, type) } };
}

interface KindChoiceProps {
  readonly value: Draft['kind'];
  onChange(kind: Draft['kind']): void;
}

function KindChoice({ value, onChange }: KindChoiceProps) {
  const m = useMessages(membersMessages);
  const id = useId();
  return (
    <Input.Wrapper label={m.kind} labelElement="div" labelProps={{ id }}>
      <div>
        <SegmentedControl
          aria-labelledby={id}
          data={[
            { value: 'user', label: m.user },
            { value: 'group', label: m.group },
          ]}
          value={value}
          onChange={(kind) => onChange(kind === 'group' ? 'group' : 'user')}
        />
      </div>
    </Input.Wrapper>
  );
}
