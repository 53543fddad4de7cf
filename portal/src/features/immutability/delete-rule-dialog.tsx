import { Text } from '@mantine/core';
import { common } from '../../lib/common-messages.ts';
import { useMessages } from '../../lib/messages.ts';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { notifyDone } from '../../ui/notify.tsx';
import { selectorMessages } from '../../ui/selector-messages.ts';
import { immutabilityMessages } from './messages.ts';
import { type ImmutableRule, sentenceOf } from './rule.ts';
import { useRuleChanges } from './rule-queries.ts';

export function DeleteRuleDialog({ rule, onClose }: { rule: ImmutableRule; onClose(): void }) {
  const m = useMessages(immutabilityMessages);
  const words = useMessages(selectorMessages);
  const { delete: label } = useMessages(common);
  const { remove } = useRuleChanges();
  return (
    <ConfirmDialog
      title={m.deleteTitle}
      opened
      onClose={onClose}
      onConfirm={async () => {
        await remove(rule);
        notifyDone(m.ruleDeleted);
      }}
      confirmLabel={label}
    >
      <Text size="sm" fw={600}>
        {sentenceOf(rule, m, words)}
      </Text>
      <Text size="sm">{m.deleteText}</Text>
    </ConfirmDialog>
  );
}
