import { enabledSources, type Settings } from '../configuration/index.ts';
import type { OidcSettings } from '../identity/oidc/index.ts';
import { AppError } from '../lib/index.ts';

/** The configuration as a login at the provider needs it, as it is at the moment. */
export interface OidcConfiguration {
  isEnabled(): boolean;
  /** @throws AppError precondition unless people of a provider are taken */
  get(): OidcSettings;
  isAutoOnboarding(): boolean;
}

export function createOidcConfiguration(ports: {
  settings(): Settings;
  clientSecret(): string;
}): OidcConfiguration {
  const isEnabled = () => enabledSources(ports.settings()).includes('oidc');
  return {
    isEnabled,
    get() {
      if (!isEnabled()) {
        throw new AppError('precondition', 'auth mode is not oidc_auth: no OIDC provider is used');
      }
      return oidcSettings(ports.settings(), ports.clientSecret());
    },
    isAutoOnboarding: () => ports.settings().oidc_auto_onboard,
  };
}

/** What Harbor's keys mean for the OIDC client. */
function oidcSettings(settings: Settings, clientSecret: string): OidcSettings {
  return {
    endpoint: settings.oidc_endpoint,
    clientId: settings.oidc_client_id,
    clientSecret,
    scopes: settings.oidc_scope.split(',').map((scope) => scope.trim()),
    userClaim: settings.oidc_user_claim,
    groupsClaim: settings.oidc_groups_claim,
    adminGroup: settings.oidc_admin_group,
    groupFilter: settings.oidc_group_filter,
    extraRedirectParams: settings.oidc_extra_redirect_parms,
    logout: settings.oidc_logout,
    verifyCert: settings.oidc_verify_cert,
    ...(settings.oidc_ca !== '' && { ca: settings.oidc_ca }),
  };
}
