import { Group, Menu, Paper, Stack, Text } from '@mantine/core';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';
import { RowMenu } from './row-menu.tsx';
import { selectorMessages } from './selector-messages.ts';
import { Status } from './values.tsx';

interface RuleListProps<T> {
  readonly label: string;
  readonly rules: readonly T[];
  sentenceOf(rule: T): string;
  isDisabled(rule: T): boolean;
  /** What the reader may not do is left out. */
  readonly onEdit?: ((rule: T) => void) | undefined;
  readonly onToggle?: ((rule: T) => void) | undefined;
  readonly onDelete?: ((rule: T) => void) | undefined;
}

/** Rules as sentences, in their order. */
export function RuleList<T>(props: RuleListProps<T>) {
  const { label, rules, sentenceOf, isDisabled } = props;
  const m = useMessages(common);
  return (
    <Paper withBorder>
      <Stack component="ol" gap={0} m={0} p={0} aria-label={label} className="rule-list">
        {rules.map((rule, index) => (
          <Group key={index} component="li" px="sm" py="xs" wrap="nowrap">
            <Text size="sm" c="dimmed" aria-hidden w="1rem">
              {index + 1}
            </Text>
            <Text size="sm" flex={1} className="rule-sentence">
              {sentenceOf(rule)}
            </Text>
            <Status
              value={isDisabled(rule) ? 'disabled' : 'enabled'}
              label={isDisabled(rule) ? m.disabled : m.enabled}
            />
            <RuleMenu {...props} rule={rule} />
          </Group>
        ))}
      </Stack>
    </Paper>
  );
}

function RuleMenu<T>(props: RuleListProps<T> & { rule: T }) {
  const { rule, sentenceOf, isDisabled, onEdit, onToggle, onDelete } = props;
  const m = useMessages(common);
  const words = useMessages(selectorMessages);
  if (onEdit === undefined && onToggle === undefined && onDelete === undefined) return null;
  return (
    <RowMenu name={words.rule(sentenceOf(rule))}>
      {onEdit !== undefined && <Menu.Item onClick={() => onEdit(rule)}>{m.edit}</Menu.Item>}
      {onToggle !== undefined && (
        <Menu.Item onClick={() => onToggle(rule)}>
          {isDisabled(rule) ? m.enable : m.disable}
        </Menu.Item>
      )}
      {onDelete !== undefined && (
        <Menu.Item c="var(--mantine-color-error)" onClick={() => onDelete(rule)}>
          {m.delete}
        </Menu.Item>
      )}
    </RowMenu>
  );
}
