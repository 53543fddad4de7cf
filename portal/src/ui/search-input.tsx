import { CloseButton, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import { common } from '../lib/common-messages.ts';
import { useMessages } from '../lib/messages.ts';

interface SearchInputProps {
  readonly label: string;
  readonly value: string;
  onChange(value: string): void;
}

/** A filter that asks once the reader pauses. `/` puts the cursor into the first of a page. */
export function SearchInput({ label, value, onChange }: SearchInputProps) {
  const m = useMessages(common);
  const [typed, setTyped] = useState(value);
  const [told, setTold] = useState(value);
  const tell = useDebouncedCallback((text: string) => {
    setTold(text);
    onChange(text);
  }, 250);
  const [shown, setShown] = useState(value);
  if (shown !== value) {
    setShown(value);
    // Chosen elsewhere, such as by going back; what was told here may be older than what is typed.
    if (value !== told) setTyped(value);
  }
  return (
    <TextInput
      type="search"
      aria-label={label}
      placeholder={label}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={
        typed !== '' && (
          <CloseButton
            size="sm"
            aria-label={m.clear}
            onClick={() => {
              setTyped('');
              onChange('');
            }}
          />
        )
      }
      value={typed}
      data-page-search
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value.trim());
      }}
      miw={220}
    />
  );
}
