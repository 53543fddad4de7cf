import { Button, Checkbox, Group, ScrollArea, Stack, Table, Text } from '@mantine/core';
import { useMessages } from '../../lib/messages.ts';
import { permissionMessages, usePermissionWords } from './permission-messages.ts';
import {
  isSame,
  keyOf,
  matrixOf,
  type Permission,
  type PermissionKeys,
  type PermissionRow,
  type Preset,
  presetKeys,
  toggleKeys,
} from './permission-set.ts';

interface PermissionMatrixProps {
  readonly label: string;
  readonly catalogue: readonly Permission[];
  readonly presets: readonly Preset[];
  readonly value: PermissionKeys;
  onChange(value: PermissionKeys): void;
}

/** Permissions to be chosen: a row for each resource, a column for each action. */
export function PermissionMatrix(props: PermissionMatrixProps) {
  const { label, catalogue, value, onChange } = props;
  const m = useMessages(permissionMessages);
  const words = usePermissionWords();
  const { rows, actions } = matrixOf(catalogue);
  const count = catalogue.filter((one) => value.has(keyOf(one))).length;
  return (
    <Stack gap="xs">
      <Group justify="space-between" gap="xs">
        <Presets {...props} />
        <Text size="sm" c="dimmed" role="status">
          {m.chosen(count, catalogue.length)}
        </Text>
      </Group>
      <ScrollArea.Autosize
        mah={340}
        type="auto"
        viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': label }}
      >
        <Table aria-label={label} verticalSpacing={5} horizontalSpacing="xs" stickyHeader>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{m.resource}</Table.Th>
              {actions.map((action) => (
                <Table.Th key={action} ta="center">
                  {words.action(action)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <MatrixRow
                key={row.resource}
                row={row}
                actions={actions}
                value={value}
                onChange={onChange}
              />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea.Autosize>
    </Stack>
  );
}

function Presets({ catalogue, presets, value, onChange }: PermissionMatrixProps) {
  const m = useMessages(permissionMessages);
  return (
    <Group gap={6} role="group" aria-label={m.presets}>
      {presets.map((preset) => {
        const keys = presetKeys(preset, catalogue);
        const isChosen = isSame(keys, value);
        return (
          <Button
            key={preset}
            size="compact-sm"
            variant={isChosen ? 'filled' : 'default'}
            aria-pressed={isChosen}
            onClick={() => onChange(keys)}
          >
            {m[preset]}
          </Button>
        );
      })}
    </Group>
  );
}

interface MatrixRowProps extends Pick<PermissionMatrixProps, 'value' | 'onChange'> {
  readonly row: PermissionRow;
  readonly actions: readonly string[];
}

function MatrixRow({ row, actions, value, onChange }: MatrixRowProps) {
  const m = useMessages(permissionMessages);
  const words = usePermissionWords();
  const { resource } = row;
  const keys = [...row.actions].map((action) => keyOf({ resource, action }));
  const count = keys.filter((key) => value.has(key)).length;
  const name = words.resource(resource);
  return (
    <Table.Tr>
      <Table.Th scope="row" fw={400}>
        <Checkbox
          size="xs"
          label={name}
          aria-label={m.wholeRow(name)}
          checked={count === keys.length}
          indeterminate={count > 0 && count < keys.length}
          onChange={() => onChange(toggleKeys(value, keys))}
        />
      </Table.Th>
      {actions.map((action) => {
        const key = keyOf({ resource, action });
        return (
          <Table.Td key={action}>
            {row.actions.has(action) && (
              <Group justify="center">
                <Checkbox
                  size="xs"
                  aria-label={`${name}: ${words.action(action)}`}
                  checked={value.has(key)}
                  onChange={() => onChange(toggleKeys(value, [key]))}
                />
              </Group>
            )}
          </Table.Td>
        );
      })}
    </Table.Tr>
  );
}
