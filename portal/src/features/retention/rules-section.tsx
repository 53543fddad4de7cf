import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { useProject } from '../../lib/project.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { notifyDone, notifyFailure } from '../../ui/notify.tsx';
import { RuleList } from '../../ui/rule-list.tsx';
import { selectorMessages } from '../../ui/selector-messages.ts';
import { Empty } from '../../ui/states.tsx';
import { retentionMessages } from './messages.ts';
import { MOST_RULES, type RetentionPolicy, type RetentionRule } from './policy.ts';
import { useSavePolicy } from './retention-queries.ts';
import { RuleDialog } from './rule-dialog.tsx';
import { sentenceOf } from './sentence.ts';

interface Asked {
  readonly kind: 'edit' | 'delete';
  /** Absent: a new one. */
  readonly rule?: RetentionRule;
}

/** The rules of the policy, and the ways to change them. */
export function RulesSection({ policy }: { policy: RetentionPolicy | null }) {
  const m = useMessages(retentionMessages);
  const { permissions } = useProject();
  const [asked, setAsked] = useState<Asked>();
  const { replace, remove } = useRuleChanges(policy);
  const rules = policy?.rules ?? [];
  const mayChange = permissions.can('tag-retention', policy === null ? 'create' : 'update');
  const add = mayChange && (
    <AddButton count={rules.length} onClick={() => setAsked({ kind: 'edit' })} />
  );
  const close = () => setAsked(undefined);
  return (
    <Stack gap="sm">
      {rules.length === 0 ? (
        <Empty title={m.emptyTitle}>
          <Text c="dimmed">{m.emptyText}</Text>
          {mayChange ? add : <Text c="dimmed">{m.readerEmpty}</Text>}
        </Empty>
      ) : (
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
          <Rules policy={policy} mayChange={mayChange} onAsk={setAsked} />
        </>
      )}
      {asked?.kind === 'edit' && (
        <RuleDialog
          rule={asked.rule}
          onClose={close}
          onSave={(rule) => replace(asked.rule, rule)}
        />
      )}
      <DeleteDialog
        rule={asked?.kind === 'delete' ? asked.rule : undefined}
        onClose={close}
        onDelete={remove}
      />
    </Stack>
  );
}

function useRuleChanges(policy: RetentionPolicy | null) {
  const m = useMessages(retentionMessages);
  const save = useSavePolicy(policy);
  const rules = policy?.rules ?? [];
  return {
    /** @param old undefined adds one */
    replace: (old: RetentionRule | undefined, rule: RetentionRule) =>
      save({
        rules:
          old === undefined ? [...rules, rule] : rules.map((one) => (one === old ? rule : one)),
      }),
    async remove(rule: RetentionRule): Promise<void> {
      await save({ rules: rules.filter((one) => one !== rule) });
      notifyDone(m.ruleDeleted);
    },
  };
}

interface RulesProps {
  readonly policy: RetentionPolicy | null;
  readonly mayChange: boolean;
  onAsk(asked: Asked): void;
}

function Rules({ policy, mayChange, onAsk }: RulesProps) {
  const m = useMessages(retentionMessages);
  const words = useMessages(selectorMessages);
  const { replace } = useRuleChanges(policy);
  function toggle(rule: RetentionRule): void {
    const disabled = rule.disabled !== true;
    replace(rule, { ...rule, disabled }).then(
      () => notifyDone(disabled ? m.disabledRule : m.enabledRule),
      notifyFailure,
    );
  }
  return (
    <RuleList
      label={m.rules}
      rules={policy?.rules ?? []}
      sentenceOf={(rule) => sentenceOf(rule, m, words)}
      isDisabled={({ disabled }) => disabled === true}
      {...(mayChange && {
        onEdit: (rule: RetentionRule) => onAsk({ kind: 'edit', rule }),
        onToggle: toggle,
        onDelete: (rule: RetentionRule) => onAsk({ kind: 'delete', rule }),
      })}
    />
  );
}

function AddButton({ count, onClick }: { count: number; onClick(): void }) {
  const m = useMessages(retentionMessages);
  if (count >= MOST_RULES) return <Text size="sm">{m.full(MOST_RULES)}</Text>;
  return (
    <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={onClick}>
      {m.addRule}
    </Button>
  );
}

interface DeleteDialogProps {
  readonly rule: RetentionRule | undefined;
  onClose(): void;
  onDelete(rule: RetentionRule): Promise<void>;
}

function DeleteDialog({ rule, onClose, onDelete }: DeleteDialogProps) {
  const m = useMessages(retentionMessages);
  const words = useMessages(selectorMessages);
  const { delete: label } = useMessages(common);
  if (rule === undefined) return null;
  return (
    <ConfirmDialog
      title={m.deleteTitle}
      opened
      onClose={onClose}
      onConfirm={() => onDelete(rule)}
      confirmLabel={label}
    >
      <Text size="sm" fw={600}>
        {sentenceOf(rule, m, words)}
      </Text>
      <Text size="sm">{m.deleteText}</Text>
    </ConfirmDialog>
  );
}
