import type { Settings } from './configuration-items.ts';

export interface PresentedItem {
  readonly value: string | number | boolean;
  readonly editable: boolean;
}

export type PresentedConfiguration = Readonly<Record<string, PresentedItem>>;

export interface Editability {
  /** False while an overwrite is in force. */
  readonly isEditable: boolean;
  /** Whether `auth_mode` may still be changed, were everything editable. */
  readonly isAuthModeEditable: boolean;
}

/**
 * The answer of GET /configurations (Harbor's §1.1): maps as JSON text, and no secrets, which are
 * not in `settings` to begin with (GHSA-prh4-vhfh-24mj).
 */
export function presentConfiguration(
  settings: Settings,
  { isEditable, isAuthModeEditable }: Editability,
): PresentedConfiguration {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      {
        value: typeof value === 'object' ? JSON.stringify(value) : value,
        editable: isEditable && (key !== 'auth_mode' || isAuthModeEditable),
      },
    ]),
  );
}

/** Harbor's system-scope keys that matter to clients: set from outside, never through the API. */
export type SystemSettings = Readonly<Record<string, string | number | boolean>>;

/**
 * The answer of GET /internalconfig: the same and the system's own. Harbor gives secrets here to
 * its other processes; in one process nobody needs them, so they are left out here too.
 */
export function presentInternal(
  settings: Settings,
  system: SystemSettings,
  editability: Editability,
): PresentedConfiguration {
  const fixed = Object.entries(system).map(([key, value]): [string, PresentedItem] => [
    key,
    { value, editable: false },
  ]);
  return { ...Object.fromEntries(fixed), ...presentConfiguration(settings, editability) };
}
