import { Modal, ScrollArea, Table, VisuallyHidden } from '@mantine/core';
import { IconCheck, IconMinus } from '@tabler/icons-react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { membersMessages } from './messages.ts';
import { ROLE_RIGHTS, roleRightsMessages } from './role-rights.ts';
import { ROLES } from './roles.ts';

/** Says what each role may do. */
export function RolesDialog({ opened, onClose }: { opened: boolean; onClose(): void }) {
  const m = useMessages(membersMessages);
  const rights = useMessages(roleRightsMessages);
  const words = useMessages(common);
  return (
    <Modal
      title={m.rolesTitle}
      opened={opened}
      onClose={onClose}
      size="xl"
      closeButtonProps={{ 'aria-label': words.close }}
    >
      <ScrollArea
        type="auto"
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': m.rolesTitle }}
      >
        <Table aria-label={m.rolesTitle} verticalSpacing={6} striped>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{m.right}</Table.Th>
              {ROLES.map(({ id, label }) => (
                <Table.Th key={id} ta="center">
                  {label(m)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {ROLE_RIGHTS.map(({ right, roles }) => (
              <Table.Tr key={right}>
                <Table.Th scope="row" fw={400}>
                  {rights[right]}
                </Table.Th>
                {ROLES.map(({ id }, index) => (
                  <Table.Td key={id} ta="center">
                    <Mark isGranted={index < roles} />
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </Modal>
  );
}

function Mark({ isGranted }: { isGranted: boolean }) {
  const m = useMessages(membersMessages);
  const Icon = isGranted ? IconCheck : IconMinus;
  return (
    <>
      <Icon size={16} opacity={isGranted ? 1 : 0.4} aria-hidden />
      <VisuallyHidden>{isGranted ? m.may : m.mayNot}</VisuallyHidden>
    </>
  );
}
