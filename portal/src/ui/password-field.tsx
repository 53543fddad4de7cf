import { PasswordInput, type PasswordInputProps } from '@mantine/core';
import { defineMessages, useMessages } from '../lib/messages.ts';

const words = defineMessages({ show: 'Show what is typed' }, { 'zh-CN': { show: '显示输入内容' } });

/** A password, or another secret, that can be looked at while it is typed. */
export function PasswordField(props: PasswordInputProps) {
  const m = useMessages(words);
  return (
    <PasswordInput
      visibilityToggleFocusable
      visibilityToggleButtonProps={{ 'aria-label': m.show }}
      {...props}
    />
  );
}
