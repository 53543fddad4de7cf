import { Alert, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type Answer, api, done } from '../../lib/api.ts';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { type Order, useDraft } from '../../lib/order.ts';
import { useProject } from '../../lib/project.ts';
import { useCurrentUser } from '../../lib/session.ts';
import { ConfirmDialog, FormDialog, NameList } from '../../ui/dialog.tsx';
import { runBatch } from '../../ui/notify.tsx';
import { membersMessages } from './messages.ts';
import { RoleChoice } from './role-choice.tsx';
import { DEFAULT_ROLE } from './roles.ts';

export type Member = Answer<'listProjectMembers'>[number];

/** What is to happen to members, once it is confirmed. */
export interface MemberOrder {
  readonly members: readonly Member[];
  /** Takes back what was selected. */
  clear(): void;
}

/** Whether the reader is one of them, by name and not through a group. */
export function useIncludesSelf(): (members: readonly Member[]) => boolean {
  const id = useCurrentUser()?.user_id;
  return (members) =>
    members.some((member) => member.entity_type === 'u' && member.entity_id === id);
}

/** Asks anew who is a member, and what the reader may still do. */
export function useMembersChanged(): () => Promise<void> {
  const client = useQueryClient();
  const { project } = useProject();
  return async () => {
    for (const queryKey of [
      ['members', project.project_id],
      ['project', project.name],
      ['permissions'],
    ]) {
      await client.invalidateQueries({ queryKey });
    }
  };
}

/** Gives one or several members another role. */
export function ChangeRoleDialog({ order }: { order: Order<MemberOrder> }) {
  const m = useMessages(membersMessages);
  const { project } = useProject();
  const changed = useMembersChanged();
  const includesSelf = useIncludesSelf();
  const { members = [], clear } = order.value ?? {};
  const [first, ...others] = members;
  const [role, setRole] = useDraft(order.value, () => first?.role_id ?? DEFAULT_ROLE);
  const affected = members.filter((member) => member.role_id !== role);
  const title =
    others.length > 0 ? m.changeRoles(members.length) : m.roleOf(first?.entity_name ?? '');
  async function send(): Promise<void> {
    clear?.();
    void runBatch({
      title,
      items: affected,
      nameOf: ({ entity_name: name }) => name,
      run: ({ id }) =>
        done(
          api.PUT('/api/v2.0/projects/{project_name_or_id}/members/{mid}', {
            params: { path: { project_name_or_id: String(project.project_id), mid: id } },
            body: { role_id: role },
          }),
        ),
    }).finally(() => void changed());
  }
  return (
    <FormDialog
      title={title}
      opened={order.isOpen}
      onClose={order.close}
      onSubmit={send}
      isIncomplete={affected.length === 0}
    >
      {others.length > 0 && <NameList names={members.map(({ entity_name: name }) => name)} />}
      <RoleChoice value={role} onChange={setRole} />
      {includesSelf(affected) && (
        <Alert color="yellow" role="status">
          {m.ownRole}
        </Alert>
      )}
    </FormDialog>
  );
}

/** Asks, then takes all of them out of the project. */
export function RemoveMembersDialog({ order }: { order: Order<MemberOrder> }) {
  const m = useMessages(membersMessages);
  const words = useMessages(common);
  const { project } = useProject();
  const changed = useMembersChanged();
  const includesSelf = useIncludesSelf();
  const { members = [], clear } = order.value ?? {};
  const title = m.removeMembers(members.length);
  async function remove(): Promise<void> {
    clear?.();
    void runBatch({
      title,
      items: members,
      nameOf: ({ entity_name: name }) => name,
      run: ({ id }) =>
        done(
          api.DELETE('/api/v2.0/projects/{project_name_or_id}/members/{mid}', {
            params: { path: { project_name_or_id: String(project.project_id), mid: id } },
          }),
        ),
    }).finally(() => void changed());
  }
  return (
    <ConfirmDialog
      title={title}
      opened={order.isOpen}
      onClose={order.close}
      onConfirm={remove}
      confirmLabel={words.remove}
    >
      <NameList names={members.map(({ entity_name: name }) => name)} />
      <Text size="sm">{m.removeText}</Text>
      {includesSelf(members) && (
        <Alert color="yellow" role="status">
          {m.removeSelf}
        </Alert>
      )}
    </ConfirmDialog>
  );
}
