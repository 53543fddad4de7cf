import { type ApiKey, apiKeyName } from './api-key.ts';
import { KEY_PREFIX } from './basic-login.ts';

export const AUTH_GROUP = 'auth.tkestack.io';
export const AUTH_API_VERSION = `${AUTH_GROUP}/v1`;

/** The group's entry in the list at `/apis`. */
export const authApiGroup = {
  name: AUTH_GROUP,
  versions: [{ groupVersion: AUTH_API_VERSION, version: 'v1' }],
  preferredVersion: { groupVersion: AUTH_API_VERSION, version: 'v1' },
} as const;

export const authResources = {
  kind: 'APIResourceList',
  apiVersion: 'v1',
  groupVersion: AUTH_API_VERSION,
  resources: [
    {
      name: 'apikeys',
      singularName: 'apikey',
      namespaced: false,
      kind: 'APIKey',
      verbs: ['delete', 'get', 'list', 'patch', 'update'],
    },
    {
      name: 'apikeys/password',
      singularName: '',
      namespaced: false,
      kind: 'APIKeyReqPassword',
      verbs: ['create'],
    },
    {
      name: 'apikeys/token',
      singularName: '',
      namespaced: false,
      kind: 'APIKeyReq',
      verbs: ['create'],
    },
  ],
} as const;

/** What is shown of a key's text later: its texts are kept nowhere. */
export function maskedText(id: number): string {
  return `${KEY_PREFIX}${id}_…`;
}

/** An APIKey object; `text` is the whole key, which is known at its making only. */
export function presentApiKey(key: ApiKey, text: string = maskedText(key.id)) {
  const { id, createdAt, expiresAt } = key;
  return {
    kind: 'APIKey',
    apiVersion: AUTH_API_VERSION,
    metadata: {
      name: apiKeyName(id),
      uid: `00000000-0000-8000-8000-${id.toString(16).padStart(12, '0')}`,
      resourceVersion: versionOf(key),
      creationTimestamp: timestamp(createdAt),
    },
    spec: {
      apiKey: text,
      tenantID: key.tenant,
      username: key.username,
      description: key.description,
      issue_at: timestamp(createdAt),
      // Always there, as in TKE; a key that never ends has none.
      expire_at: expiresAt === undefined ? null : timestamp(expiresAt),
    },
    status: { disabled: key.isDisabled, expired: key.isExpired },
  };
}

/** Changes with all that can change. */
export function versionOf({ isDisabled }: ApiKey): string {
  return isDisabled ? '2' : '1';
}

function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z');
}
