import { createContext, use } from 'react';
import type { Draft, Stored, Value } from './values.ts';

/** The configuration as it is stored, and what was typed over it. */
export interface ConfigurationForm {
  readonly stored: Stored;
  readonly draft: Draft;
  setValue(key: string, value: Value): void;
}

export const ConfigurationContext = createContext<ConfigurationForm | undefined>(undefined);

export function useConfigurationForm(): ConfigurationForm {
  const form = use(ConfigurationContext);
  if (form === undefined) throw new Error('this stands outside of the configuration');
  return form;
}

/** What a setting is now: as typed, else as stored. */
export function valueOf({ stored, draft }: ConfigurationForm, key: string): Value {
  return draft[key] ?? stored[key]?.value ?? '';
}
