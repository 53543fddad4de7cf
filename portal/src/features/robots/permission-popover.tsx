import { Button, Popover, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { robotsMessages } from './messages.ts';
import { usePermissionWords } from './permission-messages.ts';
import { matrixOf } from './permission-set.ts';
import { ALL_PROJECTS, countPermissions, type Robot } from './robot-draft.ts';

/** How many permissions a robot has, and on a click which. */
export function PermissionPopover({ robot }: { robot: Robot }) {
  const m = useMessages(robotsMessages);
  const count = countPermissions(robot);
  return (
    <Popover position="bottom-start" withArrow trapFocus returnFocus shadow="md">
      <Popover.Target>
        <Button
          size="compact-sm"
          variant="default"
          fw={400}
          aria-label={`${m.permissionsOf(robot.name)}: ${m.permissionCount(count)}`}
        >
          {m.permissionCount(count)}
        </Button>
      </Popover.Target>
      <Popover.Dropdown maw="min(32rem, 92vw)" aria-label={m.permissionsOf(robot.name)}>
        <ScrollArea.Autosize
          mah="50vh"
          type="auto"
          viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': m.permissionsOf(robot.name) }}
        >
          <Stack gap="sm">
            {robot.permissions.map((permission, index) => (
              <Grant key={`${permission.namespace} ${index}`} permission={permission} />
            ))}
          </Stack>
        </ScrollArea.Autosize>
      </Popover.Dropdown>
    </Popover>
  );
}

function Grant({ permission }: { permission: Robot['permissions'][number] }) {
  const m = useMessages(robotsMessages);
  const words = usePermissionWords();
  const { kind, namespace, access, repositories = [] } = permission;
  const place = namespace === ALL_PROJECTS ? m.allProjects : namespace;
  const denied = new Set(
    access.filter(({ effect }) => effect === 'deny').map((one) => `${one.resource}:${one.action}`),
  );
  return (
    <div>
      <Text size="sm" fw={600}>
        {kind === 'system' ? m.systemPermissions : place}
      </Text>
      {repositories.length > 0 && (
        <Text size="xs" c="dimmed">
          {m.repositories}: {repositories.join(', ')}
        </Text>
      )}
      <Table verticalSpacing={3} fz="sm" aria-label={place}>
        <Table.Tbody>
          {matrixOf(access).rows.map(({ resource, actions }) => (
            <Table.Tr key={resource}>
              <Table.Th scope="row" fw={400} c="dimmed">
                {words.resource(resource)}
              </Table.Th>
              <Table.Td>
                {matrixOf(access)
                  .actions.filter((action) => actions.has(action))
                  .map((action) =>
                    denied.has(`${resource}:${action}`)
                      ? m.deniedAction(words.action(action))
                      : words.action(action),
                  )
                  .join(', ')}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
