import { type Dispatch, type SetStateAction, useState } from 'react';

/**
 * What a dialog is opened for. It stays while the dialog closes: a dialog that vanishes at once
 * cannot give the focus back.
 */
export interface Order<T> {
  readonly value: T | undefined;
  readonly isOpen: boolean;
  open(value: T): void;
  close(): void;
}

export function useOrder<T extends object>(): Order<T> {
  const [state, setState] = useState<{ value?: T; isOpen: boolean }>({ isOpen: false });
  return {
    value: state.value,
    isOpen: state.isOpen,
    open: (value) => setState({ value, isOpen: true }),
    close: () => setState((before) => ({ ...before, isOpen: false })),
  };
}

/** What is typed into a dialog; begins anew with each object that it is opened for. */
export function useDraft<D>(
  source: object | undefined,
  create: () => D,
): [D, Dispatch<SetStateAction<D>>] {
  const [seen, setSeen] = useState(source);
  const [draft, setDraft] = useState(create);
  if (seen !== source) {
    setSeen(source);
    setDraft(create);
  }
  return [draft, setDraft];
}
