import { findIssuerUrl } from './issuer-url.ts';
import { OidcError } from './oidc.errors.ts';

/** How to reach one provider, and how to know that it is the right one. */
export interface OidcEndpoint {
  /** The issuer URL: https, or http on loopback. */
  readonly endpoint: string;
  readonly verifyCert: boolean;
  /** PEM certificates to trust beside the system's. */
  readonly ca?: string;
}

/** What an administrator configures for `auth_mode=oidc_auth`. Empty strings mean "not set". */
export interface OidcSettings extends OidcEndpoint {
  readonly clientId: string;
  /** Empty for a public client, which PKCE alone protects. */
  readonly clientSecret: string;
  readonly scopes: readonly string[];
  /** Claim with the username; `name` if empty. */
  readonly userClaim: string;
  /** Claim with the groups, a string or an array of strings; no groups if empty. */
  readonly groupsClaim: string;
  /** Members of this group are administrators. */
  readonly adminGroup: string;
  /** RE2 expression; only groups in which it matches somewhere are kept. */
  readonly groupFilter: string;
  /** Sent with the authorization request. Parameters of the protocol cannot be replaced. */
  readonly extraRedirectParams: Readonly<Record<string, string>>;
  /** Whether to sign out at the provider too. */
  readonly logout: boolean;
}

/** Throws OidcError `settings` unless it is an issuer URL that discovery may be tried on. */
export function parseEndpoint(endpoint: string): URL {
  const url = findIssuerUrl(endpoint);
  if (url === undefined || url.pathname.includes('/.well-known/')) {
    throw new OidcError('settings', 'the OIDC endpoint must be the https URL of the issuer');
  }
  return url;
}

const PROTOCOL_PARAMETERS: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
]);

/** Parameters for the authorization request beyond those of the flow itself. */
export function selectRedirectParameters(settings: OidcSettings): Record<string, string> {
  const scopes = new Set(['openid', ...settings.scopes.filter((scope) => scope !== '')]);
  const parameters: Record<string, string> = {};
  for (const [name, value] of Object.entries(settings.extraRedirectParams)) {
    if (!PROTOCOL_PARAMETERS.has(name.toLowerCase())) parameters[name] = value;
  }
  // Google knows no offline_access: it gives refresh tokens to these two parameters.
  if (URL.parse(settings.endpoint)?.hostname === 'accounts.google.com') {
    scopes.delete('offline_access');
    parameters['access_type'] = 'offline';
    parameters['prompt'] = 'consent';
  }
  parameters['scope'] = [...scopes].join(' ');
  return parameters;
}
