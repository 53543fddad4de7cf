import type { MembersWords } from './messages.ts';

interface Role {
  /** Harbor's. */
  readonly id: number;
  readonly label: (m: MembersWords) => string;
  readonly hint: (m: MembersWords) => string;
}

/** From the most to the least powerful. */
export const ROLES: readonly Role[] = [
  { id: 1, label: (m) => m.projectAdmin, hint: (m) => m.projectAdminHint },
  { id: 4, label: (m) => m.maintainer, hint: (m) => m.maintainerHint },
  { id: 2, label: (m) => m.developer, hint: (m) => m.developerHint },
  { id: 3, label: (m) => m.guest, hint: (m) => m.guestHint },
  { id: 5, label: (m) => m.limitedGuest, hint: (m) => m.limitedGuestHint },
];

/** For somebody new: the work of a day, and nothing that cannot be taken back. */
export const DEFAULT_ROLE = 2;

/** What a role is called; strange ones by the registry's own word. */
export function roleLabel(
  { role_id: id, role_name: name }: { role_id: number; role_name: string },
  m: MembersWords,
): string {
  return ROLES.find((role) => role.id === id)?.label(m) ?? name;
}
