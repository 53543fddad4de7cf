import { enabledSources, type Settings } from '../configuration/index.ts';
import type { ComponentHealth } from './health-monitor.ts';
import type { Statistics } from './system.service.ts';

/** The Harbor that clients find here: they decide by it what they can ask for. */
export const HARBOR_VERSION = 'v2.16.0-berth';

function statusOf(isHealthy: boolean): string {
  return isHealthy ? 'healthy' : 'unhealthy';
}

/** Harbor's OverallHealthStatus. */
export function presentHealth(components: readonly ComponentHealth[]): object {
  return {
    status: statusOf(components.every(({ error }) => error === undefined)),
    components: components.map(({ name, error }) => ({
      name,
      status: statusOf(error === undefined),
      ...(error !== undefined && { error }),
    })),
  };
}

/**
 * What Harbor's GeneralInfo tells everybody: what a login page needs.
 *
 * @param initialPassword name of the file with the administrator's generated password, if in force
 */
export function presentPublicInfo(settings: Settings, initialPassword?: string): object {
  const sources = enabledSources(settings);
  return {
    auth_mode: settings.auth_mode,
    primary_auth_mode: settings.primary_auth_mode,
    self_registration: settings.self_registration,
    banner_message: settings.banner_message,
    ...(initialPassword !== undefined && { initial_admin_password: { file: initialPassword } }),
    ...(sources.includes('oidc') && { oidc_provider_name: settings.oidc_name }),
    ...(sources.includes('http') && {
      authproxy_settings: {
        endpoint: settings.http_authproxy_endpoint,
        // Harbor's spelling.
        tokenreivew_endpoint: settings.http_authproxy_tokenreview_endpoint,
        skip_search: settings.http_authproxy_skip_search,
        verify_cert: settings.http_authproxy_verify_cert,
        server_certificate: settings.http_authproxy_server_certificate,
      },
    }),
  };
}

export interface SystemFacts {
  readonly settings: Settings;
  /** Such as `https://registry.example.com`. */
  readonly externalUrl: string;
  readonly berthVersion: string;
  readonly storageKind: string;
  readonly hasCaCertificate: boolean;
  readonly features: readonly string[];
  readonly now: Date;
}

/** The rest of Harbor's GeneralInfo, for those who are logged in. */
export function presentInfo(facts: SystemFacts): object {
  const { settings, externalUrl } = facts;
  return {
    current_time: facts.now.toISOString(),
    // Images are at the root of the host, wherever the rest is.
    registry_url: externalUrl.replace(/^https?:\/\//, '').replace(/\/.*$/, ''),
    external_url: externalUrl,
    harbor_version: HARBOR_VERSION,
    berth_version: facts.berthVersion,
    project_creation_restriction: settings.project_creation_restriction,
    has_ca_root: facts.hasCaCertificate,
    read_only: settings.read_only,
    registry_storage_provider_name: facts.storageKind,
    notification_enable: settings.notification_enable,
    berth_features: facts.features,
  };
}

/** Harbor's Statistic: 0 in total for those who may not know of everything. */
export function presentStatistics({ projects, repositories, storage }: Statistics): object {
  const isTold = storage !== undefined;
  return {
    private_project_count: projects.private,
    private_repo_count: repositories.private,
    public_project_count: projects.public,
    public_repo_count: repositories.public,
    total_project_count: isTold ? projects.public + projects.private : 0,
    total_repo_count: isTold ? repositories.public + repositories.private : 0,
    total_storage_consumption: storage ?? 0,
  };
}
