import type { SelectType } from 'kysely';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/database.ts';
import { quietLog } from '../../test/log.ts';
import { openPool } from './database.ts';
import type { Schema } from './schema.ts';

/** Whether a column may be null, for every column of every table. The compiler keeps it complete. */
const nullable = {
  signing_key: {
    kid: false,
    algorithm: false,
    private_jwk: false,
    certificate: false,
    created_at: false,
    retired_at: true,
  },
  app_user: {
    id: false,
    username: false,
    password_hash: true,
    is_admin: false,
    token_epoch: false,
    created_at: false,
    updated_at: false,
    email: true,
    realname: false,
    comment: false,
    is_admin_by_source: false,
    deleted_at: true,
    must_change_password: false,
  },
  project: {
    id: false,
    name: false,
    owner_id: false,
    is_public: false,
    created_at: false,
    updated_at: false,
    access_epoch: false,
  },
  project_member: {
    project_id: false,
    user_id: true,
    role_id: false,
    id: false,
    group_id: true,
    created_at: false,
    updated_at: false,
  },
  repository: {
    id: false,
    project_id: false,
    name: false,
    created_at: false,
    description: false,
    pull_count: false,
    updated_at: false,
  },
  blob: {
    digest: false,
    size: false,
    created_at: false,
    content: true,
    missing_since: true,
    leased_until: false,
  },
  gc_candidate: { id: false, digest: false, due_at: false },
  gc_state: { id: false, links_seen_until: false },
  repository_blob: {
    repository_id: false,
    digest: false,
    created_at: false,
    project_id: false,
  },
  artifact: {
    id: false,
    repository_id: false,
    digest: false,
    media_type: false,
    artifact_type: true,
    subject_digest: true,
    annotations: false,
    size: false,
    content: false,
    pushed_at: false,
    project_id: false,
    type: true,
    config_media_type: true,
    total_size: true,
    accessory_of: true,
    accessory_type: true,
    extra_attrs: true,
    is_listed: false,
    pulled_at: true,
  },
  artifact_blob: {
    artifact_id: false,
    repository_id: false,
    digest: false,
  },
  artifact_reference: {
    artifact_id: false,
    repository_id: false,
    child_digest: false,
    platform: true,
    annotations: true,
    urls: true,
    position: false,
  },
  tag: {
    repository_id: false,
    name: false,
    artifact_id: false,
    pushed_at: false,
    id: false,
    pulled_at: true,
    version: false,
  },
  project_blob: {
    project_id: false,
    digest: false,
    size: false,
  },
  quota_delta: {
    project_id: false,
    bytes: false,
  },
  quota_reservation: {
    id: false,
    project_id: false,
    bytes: false,
    expires_at: false,
  },
  tag_history: {
    id: false,
    project_id: false,
    repository_name: false,
    tag_name: false,
    from_digest: true,
    to_digest: true,
    actor: false,
    changed_at: false,
  },
  deleted_artifact: {
    id: false,
    project_id: false,
    repository_name: false,
    digest: false,
    media_type: false,
    type: true,
    content: false,
    total_size: true,
    accessory_of: true,
    tags: false,
    pushed_at: false,
    deleted_by: false,
    deleted_at: false,
  },
  deleted_artifact_blob: {
    deleted_artifact_id: false,
    digest: false,
  },
  label: {
    id: false,
    project_id: true,
    name: false,
    description: false,
    color: false,
    created_at: false,
    updated_at: false,
  },
  artifact_label: {
    artifact_id: false,
    label_id: false,
    created_at: false,
  },
  event_outbox: {
    id: false,
    type: false,
    project_id: false,
    repository_name: true,
    payload: false,
    occurred_at: false,
  },
  blob_upload: {
    id: false,
    repository_id: false,
    principal: false,
    algorithm: false,
    committed_offset: false,
    started_at: false,
    updated_at: false,
  },
  user_identity: {
    id: false,
    user_id: false,
    source: false,
    issuer: false,
    subject: false,
    cli_secret: true,
    refresh_token: true,
    created_at: false,
    updated_at: false,
    checked_at: true,
    check_started_at: true,
  },
  user_group: {
    id: false,
    name: false,
    type: false,
    ldap_dn: false,
    created_at: false,
    updated_at: false,
  },
  user_group_user: {
    group_id: false,
    user_id: false,
  },
  project_metadata: {
    project_id: false,
    name: false,
    value: false,
    created_at: false,
    updated_at: false,
  },
  quota: {
    id: false,
    project_id: false,
    hard_storage: false,
    used_storage: false,
    created_at: false,
    updated_at: false,
  },
  cve_allowlist: {
    id: false,
    project_id: true,
    expires_at: true,
    items: false,
    created_at: false,
    updated_at: false,
  },
  robot: {
    id: false,
    project_id: true,
    name: false,
    description: false,
    duration: false,
    expires_at: true,
    is_disabled: false,
    token_epoch: false,
    creator_kind: false,
    creator_id: false,
    last_used_at: true,
    last_used_address: true,
    created_at: false,
    updated_at: false,
  },
  robot_secret: {
    id: false,
    robot_id: false,
    digest: false,
    created_at: false,
    expires_at: true,
  },
  robot_permission: {
    id: false,
    robot_id: false,
    scope: false,
    project_id: true,
    access: false,
    repositories: false,
  },
  robot_trust: {
    id: false,
    robot_id: false,
    preset: true,
    issuer: false,
    audience: true,
    conditions: false,
    created_at: false,
  },
  session: {
    id: false,
    secret_hash: false,
    user_id: false,
    user_epoch: false,
    source: false,
    address: false,
    user_agent: false,
    id_token: true,
    created_at: false,
    used_at: false,
    expires_at: false,
  },
  personal_token: {
    id: false,
    user_id: false,
    name: false,
    digest: false,
    scopes: false,
    project_ids: true,
    expires_at: true,
    last_used_at: true,
    last_used_address: true,
    created_at: false,
    is_disabled: false,
    description: false,
    tenant: true,
  },
  login_failure: {
    key: false,
    failures: false,
    updated_at: false,
  },
  oidc_onboarding: {
    secret_hash: false,
    identity: false,
    expires_at: false,
  },
  configuration: {
    key: false,
    value: false,
    updated_at: false,
  },
  secret_key_check: {
    key_id: false,
    proof: false,
    created_at: false,
  },
  immutable_tag_rule: {
    id: false,
    project_id: false,
    priority: false,
    disabled: false,
    tag_selectors: false,
    scope_selectors: false,
    fingerprint: false,
    created_at: false,
  },
  retention_policy: {
    id: false,
    project_id: false,
    rules: false,
    per_tag: false,
    trigger_kind: false,
    revision: false,
    created_at: false,
    updated_at: false,
  },
  audit_log: {
    id: false,
    project_id: true,
    operation: false,
    resource_type: false,
    resource: false,
    username: false,
    description: false,
    succeeded: false,
    source_ip: false,
    request_id: false,
    occurred_at: false,
  },
  execution: {
    id: false,
    vendor_type: false,
    vendor_id: false,
    status: false,
    status_message: false,
    trigger: false,
    extra_attrs: false,
    start_time: false,
    end_time: true,
    update_time: false,
  },
  task: {
    id: false,
    execution_id: false,
    vendor_type: false,
    job_id: false,
    status: false,
    status_message: false,
    run_count: false,
    extra_attrs: false,
    payload: false,
    lane: true,
    group_key: true,
    is_head: false,
    is_parked: false,
    run_at: false,
    priority: false,
    check_in_time: true,
    locked_by: true,
    locked_until: true,
    stop_requested: false,
    crashes: false,
    log_bytes: false,
    creation_time: false,
    start_time: true,
    update_time: false,
    end_time: true,
  },
  task_log: {
    id: false,
    task_id: false,
    content: false,
  },
  task_gate: {
    vendor_type: false,
    group_key: false,
    closed_until: false,
    failures: false,
    probe_task_id: true,
  },
  failed_event: {
    id: false,
    type: false,
    project_id: false,
    repository_name: true,
    payload: false,
    occurred_at: false,
    failed_at: false,
  },
  schedule: {
    id: false,
    vendor_type: false,
    vendor_id: false,
    cron_type: false,
    cron: false,
    parameters: false,
    next_at: false,
    created_at: false,
    updated_at: false,
  },
  job_queue_status: { job_type: false, paused_at: false },
  worker_pool: {
    id: false,
    host: false,
    pid: false,
    concurrency: false,
    started_at: false,
    heartbeat_at: false,
  },
  scrub_pass: {
    singleton: false,
    stage: false,
    position: false,
    tally: false,
    started_at: false,
    updated_at: false,
  },
  chart_revision: { project_id: false, revision: false, raised_by: false },
  chart_repository_revision: { project_id: false, repository_id: false, revision: false },
  storage_import: {
    source: false,
    state: false,
    holder: true,
    held_until: true,
    counts: false,
    started_at: false,
    updated_at: false,
    finished_at: true,
  },
  webhook_policy: {
    id: false,
    project_id: false,
    name: false,
    description: false,
    event_types: false,
    is_enabled: false,
    creator: false,
    created_at: false,
    updated_at: false,
  },
  webhook_target: {
    id: false,
    policy_id: false,
    position: false,
    type: false,
    address: false,
    payload_format: false,
    skip_cert_verify: false,
    auth_header: true,
    secret: true,
  },
  webhook_trigger: {
    policy_id: false,
    event_type: false,
    triggered_at: false,
  },
  kube_clock: { singleton: false, version: false, trimmed_version: false },
  kube_object: {
    id: false,
    kind: false,
    namespace: false,
    name: false,
    tenant: true,
    unique_key: true,
    uid: false,
    resource_version: false,
    is_deleting: false,
    object: false,
  },
  kube_change: {
    resource_version: false,
    type: false,
    kind: false,
    object: false,
    previous: true,
    changed_at: false,
  },
} as const satisfies {
  [Table in keyof Schema]: {
    [Column in keyof Schema[Table]]-?: null extends SelectType<Schema[Table][Column]>
      ? true
      : false;
  };
};

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool({ connection: database.connection, log: quietLog });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('the schema that queries are typed with', () => {
  it('is the one that the migrations leave', async () => {
    const { rows } = await pool.query(
      `SELECT table_name, column_name, is_nullable = 'YES' AS nullable
       FROM information_schema.columns WHERE table_schema = 'public'`,
    );
    const found: Record<string, Record<string, boolean>> = {};
    for (const row of rows) (found[row.table_name] ??= {})[row.column_name] = row.nullable;
    const own = Object.fromEntries(
      Object.entries(found).filter(([table]) => !table.includes('migration')),
    );
    expect(own).toEqual(nullable);
  });

  it('compares all names bytewise', async () => {
    const { rows } = await pool.query(
      `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
       WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'
         AND (column_name LIKE '%name' OR column_name LIKE '%digest')
         AND table_name NOT LIKE '%migration%'`,
    );
    expect(rows).toEqual([]);
  });

  it('has an index for each foreign key that a delete would look through', async () => {
    const { rows } = await pool.query(
      `SELECT conrelid::regclass || ' ' || conname AS name FROM pg_constraint c
       WHERE contype = 'f' AND NOT EXISTS (
         SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indpred IS NULL
           AND (i.indkey::int2[])[0:cardinality(c.conkey) - 1] @> c.conkey)`,
    );
    // Nothing deletes users or repositories yet, and uploads are few.
    expect(new Set(rows.map(({ name }) => name))).toEqual(
      new Set(['blob_upload blob_upload_repository_id_fkey', 'project project_owner_id_fkey']),
    );
  });
});
