import { Alert, Button, Group, Modal, Stack, Text, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { common } from '../lib/common-messages.ts';
import { describeError } from '../lib/describe-error.ts';
import { useLocale, useMessages } from '../lib/messages.ts';

interface FormDialogProps {
  readonly title: string;
  readonly opened: boolean;
  onClose(): void;
  /** Returns when it is done; what it throws is shown, and the form keeps what was typed. */
  onSubmit(): Promise<void>;
  readonly submitLabel?: string;
  /** Red, for what takes something away. */
  readonly isDangerous?: boolean;
  readonly isIncomplete?: boolean;
  readonly size?: string;
  readonly children: ReactNode;
}

/** A form in a dialog. It closes when it has been sent, and never loses what was typed by failing. */
export function FormDialog(props: FormDialogProps) {
  const { title, opened, onClose, size = 'md' } = props;
  const m = useMessages(common);
  return (
    <Modal
      title={title}
      opened={opened}
      onClose={onClose}
      size={size}
      closeButtonProps={{ 'aria-label': m.close }}
      closeOnClickOutside={false}
    >
      <DialogForm {...props} />
    </Modal>
  );
}

function DialogForm(props: FormDialogProps) {
  const { onClose, submitLabel, isDangerous = false, isIncomplete = false, children } = props;
  const m = useMessages(common);
  const { submit, isSending, failure } = useSubmit(async () => {
    await props.onSubmit();
    onClose();
  });
  return (
    <form onSubmit={submit} noValidate>
      <Stack>
        {failure}
        {children}
        <Group justify="end">
          <Button variant="default" onClick={onClose}>
            {m.cancel}
          </Button>
          <Button
            type="submit"
            loading={isSending}
            disabled={isIncomplete}
            {...(isDangerous && { color: 'red' })}
          >
            {submitLabel ?? m.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Sends a form once at a time and keeps why it failed: `<form onSubmit={submit}>{failure}…`. */
export function useSubmit(send: () => Promise<void>) {
  const locale = useLocale();
  const [isSending, setSending] = useState(false);
  const [error, setError] = useState<unknown>();
  async function run(): Promise<void> {
    if (isSending) return;
    setSending(true);
    setError(undefined);
    try {
      await send();
    } catch (caught) {
      setError(caught);
    } finally {
      setSending(false);
    }
  }
  return {
    isSending,
    submit(event: FormEvent) {
      event.preventDefault();
      // A dialog's form may stand inside another form of the page.
      event.stopPropagation();
      void run();
    },
    failure: error !== undefined && (
      <Alert color="red" role="alert" ref={showFailure}>
        {describeError(error, locale).message}
      </Alert>
    ),
  };
}

/** A long form may have been scrolled past it. */
function showFailure(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: 'nearest' });
}

interface ConfirmDialogProps {
  readonly title: string;
  readonly opened: boolean;
  onClose(): void;
  onConfirm(): Promise<void>;
  readonly confirmLabel: string;
  readonly isDangerous?: boolean;
  /** A word to be typed, where much would be lost. */
  readonly word?: string;
  readonly children?: ReactNode;
}

/** Asks before something is done that is hard to take back; `children` says what will happen. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, opened, onClose, confirmLabel, isDangerous = true, word, children } = props;
  const m = useMessages(common);
  const [typed, setTyped] = useState('');
  return (
    <FormDialog
      title={title}
      opened={opened}
      onClose={onClose}
      onSubmit={props.onConfirm}
      submitLabel={confirmLabel}
      isDangerous={isDangerous}
      isIncomplete={word !== undefined && typed !== word}
    >
      {typeof children === 'string' ? <Text size="sm">{children}</Text> : children}
      {word !== undefined && (
        <TextInput
          label={m.typeToConfirm(word)}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="off"
          data-autofocus
        />
      )}
    </FormDialog>
  );
}

/** A list of names in a dialog, scrolled when it is long. */
export function NameList({ names }: { names: readonly string[] }) {
  return (
    <ul className="name-list" tabIndex={0}>
      {names.map((name) => (
        <li key={name}>{name}</li>
      ))}
    </ul>
  );
}
