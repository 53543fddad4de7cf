import { z } from 'zod';
import {
  defineFields,
  flag,
  flagParam,
  integer,
  line,
  listQuery,
  projectParams,
  text,
  time,
  timestamp,
} from '../api/index.ts';

const given = z.string().max(1024).nullish();
/** What clients send back of what they were told, and what is not theirs to say. */
const ignored = z.unknown().optional();
const bytes = z.int();

/** Harbor's CVEAllowlist as a request. */
export const allowlistRequest = z.strictObject({
  id: ignored,
  project_id: z.int().nullish(),
  /** Seconds since the Unix epoch. */
  expires_at: z.int().min(0).nullish(),
  items: z
    .array(z.strictObject({ cve_id: line(255).default('') }))
    .max(10_000)
    .nullish(),
  creation_time: ignored,
  update_time: ignored,
});

const metadataRequest = z.strictObject({
  public: given,
  enable_content_trust: given,
  enable_content_trust_cosign: given,
  prevent_vul: given,
  severity: given,
  auto_scan: given,
  auto_sbom_generation: given,
  reuse_sys_cve_allowlist: given,
  retention_id: given,
  proxy_speed_kb: given,
  max_upstream_conn: given,
  proxy_cache_filter_pattern: given,
  proxy_cache_filter_kind: given,
  proxy_referrer_api: given,
  proxy_cache_local_on_not_found: given,
});

/** Harbor's ProjectReq. */
export const projectRequest = z.strictObject({
  project_name: z.string(),
  public: z.boolean().nullish(),
  metadata: metadataRequest.nullish(),
  cve_allowlist: allowlistRequest.nullish(),
  storage_limit: bytes.nullish(),
  registry_id: z.int().nullish(),
});

/** The same for a change: only metadata and allowlist can. */
export const projectUpdateRequest = z.strictObject({
  project_name: ignored,
  public: ignored,
  metadata: metadataRequest.nullish(),
  cve_allowlist: allowlistRequest.nullish(),
  storage_limit: ignored,
  registry_id: ignored,
});

export const projectListQuery = listQuery.extend({
  name: line(255).optional(),
  public: flagParam.optional(),
  owner: line(255).optional(),
  with_detail: flagParam.default(true),
  with_quota: flagParam.default(false),
  with_chart_count: flagParam.default(false),
});

/** What `q` and `sort` of a project list may use. */
export const projectFields = defineFields({
  name: text('project.name', { aliases: ['names'] }),
  project_id: integer('project.id', { aliases: ['id'] }),
  public: flag('project.is_public'),
  owner: text('app_user.username', { aliases: ['owner_name'] }),
  owner_id: integer('project.owner_id'),
  creation_time: time('project.created_at'),
  update_time: time('project.updated_at'),
});

/** Without a name no project is asked for, and none is found. */
export const projectHeadQuery = z.object({ project_name: z.string().default('') });

export const metadataParams = projectParams.extend({ meta_name: line(255) });

/** Keys and values; there must be one, which the service tells in Harbor's words. */
export const metadataEntries = z.record(z.string(), z.string());

export const scannerRequest = z.strictObject({ uuid: line(64) });

const id = z.int().min(0);

export const allowlistModel = z.object({
  id,
  project_id: id,
  expires_at: z.int().optional(),
  items: z.object({ cve_id: z.string() }).array(),
  creation_time: timestamp,
  update_time: timestamp,
});

export const projectModel = z.object({
  project_id: id,
  owner_id: id,
  owner_name: z.string().optional(),
  name: z.string(),
  creation_time: timestamp,
  update_time: timestamp,
  deleted: z.boolean(),
  repo_count: z.int(),
  current_user_role_id: z.int().optional(),
  current_user_role_ids: z.int().array().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  cve_allowlist: allowlistModel.optional(),
});

const quotaModel = z.object({
  hard: z.object({ storage: bytes }),
  used: z.object({ storage: bytes }),
});

/** With what `with_quota` and `with_chart_count` add. */
export const listedProjectModel = projectModel.extend({
  quota: quotaModel.optional(),
  chart_count: z.int().optional(),
});

export const summaryModel = z.object({
  repo_count: z.int(),
  project_admin_count: z.int().optional(),
  maintainer_count: z.int().optional(),
  developer_count: z.int().optional(),
  guest_count: z.int().optional(),
  limited_guest_count: z.int().optional(),
  quota: quotaModel.optional(),
});

export const deletableModel = z.object({ deletable: z.boolean(), message: z.string().optional() });

/** Empty where no scanner is registered. */
export const scannerModel = z.looseObject({ uuid: z.string().optional() });
