import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { RuleList } from '../../ui/rule-list.tsx';
import { selectorMessages } from '../../ui/selector-messages.ts';
import { Empty, QueryView } from '../../ui/states.tsx';
import { DeleteRuleDialog } from './delete-rule-dialog.tsx';
import { immutabilityMessages } from './messages.ts';
import { type ImmutableRule, MOST_RULES, sentenceOf } from './rule.ts';
import { RuleDialog } from './rule-dialog.tsx';
import { rulesQuery, useRuleChanges } from './rule-queries.ts';

interface Asked {
  readonly kind: 'edit' | 'delete';
  /** Absent: a new one. */
  readonly rule?: ImmutableRule;
}

/** The rules that protect tags of a project. */
export function ImmutabilityPage() {
  const { project } = useProject();
  const query = useQuery(rulesQuery(project.project_id));
  const { put } = useRuleChanges();
  const [asked, setAsked] = useState<Asked>();
  const close = () => setAsked(undefined);
  return (
    <Stack gap="sm">
      <QueryView query={query}>{({ items }) => <Rules rules={items} onAsk={setAsked} />}</QueryView>
      {asked?.kind === 'edit' && <RuleDialog rule={asked.rule} onClose={close} onSave={put} />}
      {asked?.kind === 'delete' && asked.rule !== undefined && (
        <DeleteRuleDialog rule={asked.rule} onClose={close} />
      )}
    </Stack>
  );
}

interface RulesProps {
  readonly rules: readonly ImmutableRule[];
  onAsk(asked: Asked): void;
}

function Rules({ rules, onAsk }: RulesProps) {
  const m = useMessages(immutabilityMessages);
  const mayCreate = useProject().permissions.can('immutable-tag', 'create');
  const add = mayCreate && (
    <AddButton count={rules.length} onClick={() => onAsk({ kind: 'edit' })} />
  );
  if (rules.length === 0) {
    return (
      <Empty title={m.emptyTitle}>
        <Text c="dimmed">{m.emptyText}</Text>
        {mayCreate ? add : <Text c="dimmed">{m.readerEmpty}</Text>}
      </Empty>
    );
  }
  return (
    <>
      <Group justify="space-between">
        <Title order={2} size="h4">
          {m.rules}
        </Title>
        {add}
      </Group>
      <Text c="dimmed" size="sm">
        {m.intro}
      </Text>
      <Sentences rules={rules} onAsk={onAsk} />
    </>
  );
}

function Sentences({ rules, onAsk }: RulesProps) {
  const m = useMessages(immutabilityMessages);
  const words = useMessages(selectorMessages);
  const { permissions } = useProject();
  const { put } = useRuleChanges();
  const mayUpdate = permissions.can('immutable-tag', 'update');
  const mayDelete = permissions.can('immutable-tag', 'delete');
  function toggle(rule: ImmutableRule): void {
    const disabled = rule.disabled !== true;
    put({ ...rule, disabled }).then(
      () => notifyDone(disabled ? m.disabledRule : m.enabledRule),
      notifyFailure,
    );
  }
  return (
    <RuleList
      label={m.rules}
      rules={rules}
      sentenceOf={(rule) => sentenceOf(rule, m, words)}
      isDisabled={({ disabled }) => disabled === true}
      onEdit={mayUpdate ? (rule) => onAsk({ kind: 'edit', rule }) : undefined}
      onToggle={mayUpdate ? toggle : undefined}
      onDelete={mayDelete ? (rule) => onAsk({ kind: 'delete', rule }) : undefined}
    />
  );
}

function AddButton({ count, onClick }: { count: number; onClick(): void }) {
  const m = useMessages(immutabilityMessages);
  if (count >= MOST_RULES) return <Text size="sm">{m.full(MOST_RULES)}</Text>;
  return (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onClick}>
      {m.addRule}
    </Button>
  );
}
