import type { Body } from '../../lib/api.ts';
import type { SettingsWords } from './settings-messages.ts';

export type TokenScope = Body<'createCurrentUserToken'>['scopes'][number];

/** What a token may be allowed, the commonest first. */
export const TOKEN_SCOPES = [
  'registry:pull',
  'registry:push',
  'registry:delete',
  'api:read',
  'api:write',
] as const satisfies readonly TokenScope[];

/** What a right is called, and what it means; undefined for one that is not known here. */
export function scopeWords(
  m: SettingsWords,
): Readonly<Record<string, { readonly label: string; readonly hint: string } | undefined>> {
  return {
    'registry:pull': { label: m.pull, hint: m.pullHint },
    'registry:push': { label: m.push, hint: m.pushHint },
    'registry:delete': { label: m.deletion, hint: m.deletionHint },
    'api:read': { label: m.apiRead, hint: m.apiReadHint },
    'api:write': { label: m.apiWrite, hint: m.apiWriteHint },
  };
}
