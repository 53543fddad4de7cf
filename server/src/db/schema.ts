import type { Generated, GeneratedAlways } from 'kysely';
import type {
  ArtifactBlobTable,
  ArtifactLabelTable,
  ArtifactReferenceTable,
  ArtifactTable,
  BlobTable,
  BlobUploadTable,
  DeletedArtifactBlobTable,
  DeletedArtifactTable,
  EventOutboxTable,
  LabelTable,
  ProjectBlobTable,
  QuotaDeltaTable,
  QuotaReservationTable,
  RepositoryBlobTable,
  RepositoryTable,
  TagHistoryTable,
  TagTable,
} from './artifact-schema.ts';
import type { AuditLogTable } from './audit-schema.ts';
import type { ChartRepositoryRevisionTable, ChartRevisionTable } from './chart-schema.ts';
import type { JsonColumn, Timestamp } from './columns.ts';
import type { GcCandidateTable, GcStateTable } from './garbage-schema.ts';
import type {
  AppUserTable,
  LoginFailureTable,
  OidcOnboardingTable,
  PersonalTokenTable,
  ProjectMemberTable,
  RobotPermissionTable,
  RobotSecretTable,
  RobotTable,
  RobotTrustTable,
  SessionTable,
  UserGroupTable,
  UserGroupUserTable,
  UserIdentityTable,
} from './identity-schema.ts';
import type { ImmutableTagRuleTable } from './immutability-schema.ts';
import type { StorageImportTable } from './import-schema.ts';
import type {
  ExecutionTable,
  FailedEventTable,
  JobQueueStatusTable,
  ScheduleTable,
  TaskGateTable,
  TaskLogTable,
  TaskTable,
  WorkerPoolTable,
} from './jobs-schema.ts';
import type { KubeChangeTable, KubeClockTable, KubeObjectTable } from './kube-schema.ts';
import type { RetentionPolicyTable } from './retention-schema.ts';
import type { ScrubPassTable } from './scrub-schema.ts';
import type {
  WebhookPolicyTable,
  WebhookTargetTable,
  WebhookTriggerTable,
} from './webhook-schema.ts';

export interface SigningKeyTable {
  kid: string;
  algorithm: string;
  private_jwk: string;
  certificate: string;
  created_at: Timestamp;
  retired_at: Date | null;
}

export interface ProjectTable {
  id: GeneratedAlways<number>;
  name: string;
  owner_id: number;
  is_public: Generated<boolean>;
  created_at: Timestamp;
  updated_at: Timestamp;
  access_epoch: Generated<number>;
}

export interface ProjectMetadataTable {
  project_id: number;
  name: string;
  value: string;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface QuotaTable {
  id: GeneratedAlways<number>;
  project_id: number;
  hard_storage: Generated<number>;
  used_storage: Generated<number>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface CveAllowlistTable {
  id: GeneratedAlways<number>;
  project_id: number | null;
  expires_at: number | null;
  items: JsonColumn<readonly { readonly cve_id: string }[]>;
  created_at: Timestamp;
  updated_at: Timestamp;
}

export interface ConfigurationTable {
  key: string;
  value: string;
  updated_at: Timestamp;
}

export interface SecretKeyCheckTable {
  key_id: string;
  proof: string;
  created_at: Timestamp;
}

/** The tables as migrations leave them; an integration test compares it with the database. */
export interface Schema {
  signing_key: SigningKeyTable;
  app_user: AppUserTable;
  project: ProjectTable;
  project_member: ProjectMemberTable;
  repository: RepositoryTable;
  blob: BlobTable;
  repository_blob: RepositoryBlobTable;
  artifact: ArtifactTable;
  artifact_blob: ArtifactBlobTable;
  artifact_reference: ArtifactReferenceTable;
  tag: TagTable;
  blob_upload: BlobUploadTable;
  project_blob: ProjectBlobTable;
  quota_delta: QuotaDeltaTable;
  quota_reservation: QuotaReservationTable;
  tag_history: TagHistoryTable;
  deleted_artifact: DeletedArtifactTable;
  deleted_artifact_blob: DeletedArtifactBlobTable;
  label: LabelTable;
  artifact_label: ArtifactLabelTable;
  event_outbox: EventOutboxTable;
  user_identity: UserIdentityTable;
  user_group: UserGroupTable;
  user_group_user: UserGroupUserTable;
  project_metadata: ProjectMetadataTable;
  quota: QuotaTable;
  cve_allowlist: CveAllowlistTable;
  robot: RobotTable;
  robot_secret: RobotSecretTable;
  robot_permission: RobotPermissionTable;
  robot_trust: RobotTrustTable;
  session: SessionTable;
  personal_token: PersonalTokenTable;
  login_failure: LoginFailureTable;
  oidc_onboarding: OidcOnboardingTable;
  configuration: ConfigurationTable;
  secret_key_check: SecretKeyCheckTable;
  audit_log: AuditLogTable;
  gc_candidate: GcCandidateTable;
  gc_state: GcStateTable;
  immutable_tag_rule: ImmutableTagRuleTable;
  retention_policy: RetentionPolicyTable;
  execution: ExecutionTable;
  task: TaskTable;
  task_log: TaskLogTable;
  task_gate: TaskGateTable;
  failed_event: FailedEventTable;
  schedule: ScheduleTable;
  job_queue_status: JobQueueStatusTable;
  worker_pool: WorkerPoolTable;
  scrub_pass: ScrubPassTable;
  storage_import: StorageImportTable;
  chart_revision: ChartRevisionTable;
  chart_repository_revision: ChartRepositoryRevisionTable;
  webhook_policy: WebhookPolicyTable;
  webhook_target: WebhookTargetTable;
  webhook_trigger: WebhookTriggerTable;
  kube_clock: KubeClockTable;
  kube_object: KubeObjectTable;
  kube_change: KubeChangeTable;
}
