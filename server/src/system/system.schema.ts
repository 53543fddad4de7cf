import { z } from 'zod';
import { line, timestamp } from '../api/index.ts';

const count = z.int().min(0);
const status = z.enum(['healthy', 'unhealthy']);

/** Harbor's OverallHealthStatus. */
export const healthModel = z.object({
  status,
  components: z.array(z.object({ name: z.string(), status, error: z.string().optional() })),
});

/** Harbor's GeneralInfo, and three fields of ours; anonymous callers get the first group. */
export const infoModel = z.object({
  auth_mode: z.string(),
  primary_auth_mode: z.boolean(),
  self_registration: z.boolean(),
  banner_message: z.string(),
  initial_admin_password: z
    .object({ file: z.string().describe('below BERTH_DATA_DIR') })
    .optional()
    .describe('while the generated password of the administrator is in force'),
  oidc_provider_name: z.string().optional(),
  authproxy_settings: z
    .object({
      endpoint: z.string(),
      tokenreivew_endpoint: z.string(),
      skip_search: z.boolean(),
      verify_cert: z.boolean(),
      server_certificate: z.string(),
    })
    .optional(),

  current_time: timestamp.optional(),
  registry_url: z.string().optional(),
  external_url: z.string().optional(),
  harbor_version: z.string().optional(),
  berth_version: z.string().optional(),
  project_creation_restriction: z.enum(['everyone', 'adminonly']).optional(),
  has_ca_root: z.boolean().optional(),
  read_only: z.boolean().optional(),
  registry_storage_provider_name: z.string().optional(),
  notification_enable: z.boolean().optional(),
  berth_features: z.string().array().optional().describe('what works in this server'),
});

/** Harbor's SystemInfo: bytes. */
export const volumesModel = z.object({ storage: z.array(z.object({ total: count, free: count })) });

/** Harbor's Statistic. */
export const statisticsModel = z.object({
  private_project_count: count,
  private_repo_count: count,
  public_project_count: count,
  public_repo_count: count,
  total_project_count: count,
  total_repo_count: count,
  total_storage_consumption: count,
});

export const iconParams = z.object({ digest: line(255) });

/** Harbor's Icon: base64. */
export const iconModel = z.object({ 'content-type': z.literal('image/png'), content: z.base64() });
